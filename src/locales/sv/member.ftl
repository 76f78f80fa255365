## Medlemmens egna sidor
my-questions = Frågor till dig
question-graduated = Enligt registret är ditt examensdatum { $date }. Stämmer det?
question-settled = Klart.
question-day = När tog du examen?
i-have-graduated = Jag har tagit examen
i-am-still-studying = Jag studerar fortfarande
answered = Tack! Ditt svar är antecknat.
my-consents = Det här säger jag ja till
consent-newsletter = Nyhetsbrev i e-posten
consent-sms = Textmeddelanden i telefonen
my-data = Mina uppgifter och vem som ser dem
reads = Vem som har sett mina uppgifter
reads-lead = De senaste tolv månaderna.
reads-opened = Öppnade mina uppgifter
reads-none = Ingen har öppnat dem.
reads-listed = Med i listor och sökningar
reads-listed-lead = Namnet syntes bland träffarna, utan att uppgifterna öppnades.
reads-times = { $count ->
    [one] { $count } gång
   *[other] { $count } gånger
}
reads-yourself = du själv
download = Ladda ner allt som registret har om mig
my-membership-step-up = Visa mitt medlemskap (med en kod)
