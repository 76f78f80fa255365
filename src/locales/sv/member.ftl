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
email-change = Min e-postadress
email-current = I registret: { $email }
email-new = Ny e-postadress
email-new-hint = Vi mejlar en kod till den nya adressen och ett besked till den gamla.
email-ask = Mejla en kod dit
email-asked = Ett mejl är på väg till den nya adressen.
email-not-now = Adressen kan inte ändras här just nu. Vänd dig till kansliet.
email-waits = En ny adress väntar
email-waits-lead = Skriv koden som vi mejlade till { $email }, eller tryck på länken i mejlet. De gäller i ett dygn.
email-is-stopped = Ändringen är stoppad från din gamla adress, till { $date }. Vänd dig till kansliet.
email-confirm = Bekräfta din nya e-postadress
email-confirm-lead = Tryck på knappen, så står den nya adressen i registret.
email-confirm-button = Bekräfta
refused-email-change = Länken eller koden är fel, äldre än ett dygn eller redan använd. Titta i det senaste mejlet, eller be om ändringen en gång till.
email-stop = Stoppa ändringen av e-postadress
email-stop-lead = Var det inte du? Tryck på knappen. Ändringen stoppas i 72 timmar och kansliet får veta det.
email-stop-button = Stoppa ändringen
email-stopped = Ändringen är stoppad. Kansliet hör av sig.
