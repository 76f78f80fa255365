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
