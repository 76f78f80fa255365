# Kysymys, johon vastataan sähköpostista.
question = Oletko valmistunut?
question-lead = Haluamme, että jäsenyytesi ja jäsenmaksusi ovat oikein. Vastaus menee liiton toimistoon.
question-graduated = Kyllä, olen valmistunut
question-when = Milloin?
question-yes = Lähetä päivämäärä
question-studying = En, opiskelen yhä
question-expected = Milloin arvelet valmistuvasi? (vapaaehtoinen)
question-no = Opiskelen yhä
question-wrong-date = Kirjoita valmistumispäiväsi, esimerkiksi 2026-06-05.
question-future = Päivä ei ole vielä ollut. Jos opiskelet yhä, valitse se.
question-thanks = Kiitos vastauksesta!
question-thanks-lead = Toimisto käy sen läpi. Sinun ei tarvitse tehdä muuta.
question-over = Kysymykseen on jo vastattu
question-over-lead = Tai kysymyksestä on kulunut liian kauan. Jos haluat muuttaa jotakin, kirjaudu omalle sivullesi.
