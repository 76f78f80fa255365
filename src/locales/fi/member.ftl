## Jäsenen omat sivut
my-questions = Kysymyksiä sinulle
question-graduated = Rekisterin mukaan valmistumispäiväsi on { $date }. Pitääkö se paikkansa?
question-settled = Valmis.
question-day = Milloin valmistuit?
i-have-graduated = Olen valmistunut
i-am-still-studying = Opiskelen vielä
answered = Kiitos! Vastauksesi on kirjattu.
my-consents = Näihin suostun
consent-newsletter = Uutiskirje sähköpostiin
consent-sms = Tekstiviestit puhelimeen
my-data = Tietoni ja kuka ne näkee
reads = Kuka on katsonut tietojani
reads-lead = Viimeiset kaksitoista kuukautta.
reads-opened = Avasi tietoni
reads-none = Kukaan ei ole avannut niitä.
reads-listed = Mukana listoilla ja hauissa
reads-listed-lead = Nimi näkyi osumissa, mutta tietoja ei avattu.
reads-times = { $count ->
    [one] { $count } kerran
   *[other] { $count } kertaa
}
reads-yourself = sinä itse
download = Lataa kaikki, mitä rekisterissä on minusta
my-membership-step-up = Näytä jäsenyyteni (koodilla)
email-change = Sähköpostiosoitteeni
email-current = Rekisterissä: { $email }
email-new = Uusi sähköpostiosoite
email-new-hint = Lähetämme koodin uuteen osoitteeseen ja tiedon vanhaan.
email-ask = Lähetä koodi sinne
email-asked = Viesti on tulossa uuteen osoitteeseen.
email-not-now = Osoitetta ei voi muuttaa tässä juuri nyt. Ota yhteyttä toimistoon.
email-waits = Uusi osoite odottaa
email-waits-lead = Kirjoita koodi, jonka lähetimme osoitteeseen { $email }, tai paina viestin linkkiä. Ne ovat voimassa vuorokauden.
email-is-stopped = Muutos on pysäytetty vanhasta osoitteestasi, { $date } asti. Ota yhteyttä toimistoon.
email-confirm = Vahvista uusi sähköpostiosoitteesi
email-confirm-lead = Paina painiketta, niin uusi osoite on rekisterissä.
email-confirm-button = Vahvista
refused-email-change = Linkki tai koodi on väärä, yli vuorokauden vanha tai jo käytetty. Katso uusin viesti tai pyydä muutosta uudelleen.
email-stop = Pysäytä sähköpostiosoitteen muutos
email-stop-lead = Etkö se ollut sinä? Paina painiketta. Muutos pysähtyy 72 tunniksi ja toimisto saa tiedon.
email-stop-button = Pysäytä muutos
email-stopped = Muutos on pysäytetty. Toimisto ottaa yhteyttä.
