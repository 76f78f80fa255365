# Kysymys, johon vastataan sähköpostista.
asked = Oletko valmistunut?
asked-lead = Haluamme, että jäsenyytesi ja jäsenmaksusi ovat oikein. Vastaus menee liiton toimistoon.
asked-graduated = Kyllä, olen valmistunut
asked-when = Milloin?
asked-yes = Lähetä päivämäärä
asked-studying = En, opiskelen yhä
asked-expected = Milloin arvelet valmistuvasi? (vapaaehtoinen)
asked-no = Opiskelen yhä
asked-wrong-date = Kirjoita valmistumispäiväsi, esimerkiksi 2026-06-05.
asked-future = Päivä ei ole vielä ollut. Jos opiskelet yhä, valitse se.
asked-thanks = Kiitos vastauksesta!
asked-thanks-lead = Toimisto käy sen läpi. Sinun ei tarvitse tehdä muuta.
asked-over = Kysymykseen on jo vastattu
asked-over-lead = Tai kysymyksestä on kulunut liian kauan. Jos haluat muuttaa jotakin, kirjaudu omalle sivullesi.
