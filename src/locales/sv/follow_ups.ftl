## Uppföljning, regler, körningar, demons mejl
month-of = { $month ->
    [1] januari
    [2] februari
    [3] mars
    [4] april
    [5] maj
    [6] juni
    [7] juli
    [8] augusti
    [9] september
    [10] oktober
    [11] november
   *[12] december
} { $year }
follow-ups = Uppföljning
follow-ups-of = Uppföljning: { $month }
follow-ups-all = Alla
follow-ups-office = Kansliets
follow-ups-coming = Att kontakta
follow-ups-overdue = Försenade
follow-ups-done = Klara
follow-ups-ending = Uppdrag som upphör
follow-ups-none = Ingen att kontakta just nu.
follow-ups-more = De första { $count } visas. Välj en månad för att se resten.
months = Månader
my-members = Mina medlemmar
my-members-none = Ingen medlem hör till ditt uppdrag.
my-appointments = Mitt uppdrag:
name = Namn
next-page = Nästa sida
no-details = Inga kontaktuppgifter i registret.
since-graduation = examen { $date }
since-appointment = uppdraget upphör { $date }
due-on = kontaktas { $date }
contacted-on = kontaktad { $date }
responsible-is = ansvarig: { $name }
responsible-office = ansvarig: kansliet
responsible-privacy = ansvarig: dataskyddsansvarig
tag-overdue = försenad
tag-not-confirmed = examen inte bekräftad
tag-professional = arbetar redan
tag-late = sent införd
tag-escalated = lämnad till kansliet
record = Vad blev det?
record-change = Ändra
record-none = Ta tillbaka
recorded = Antecknat.
note = Anteckning (frivillig)
wrong-note = Skriv högst 2 000 tecken, utan styrtecken.
follow-up-stale = Någon annan antecknade något under tiden; det står ovanför. Det du skrev finns i fältet.
outcome-reached = Vi har talats vid
outcome-no-answer = Inget svar
outcome-stays = Stannar som yrkesverksam
outcome-still-studying = Studerar fortfarande
outcome-leaves = Lämnar förbundet
outcome-moved-abroad = Har flyttat utomlands
outcome-wrong-details = Fel kontaktuppgifter
demo-mails = Mejlkorgen
demo-mails-lead = Allt som registret har mejlat i demon. Ett mejl kommer inom ett par sekunder; läs in sidan på nytt.
demo-mails-none = Inget har mejlats ännu.
demo-mails-look = Demon: titta i mejlkorgen.
demo-mail = Mejl
mail-subject = Ämne
mail-to = Till
mail-at = Skickat
runs = Körningar
runs-lead = Varje körning av en regel lämnar ett bevis: vilka som stod på tur, vad som skickades och vilka som inte kom med.
runs-none = Inget har körts ännu.
alarms = Det här är inte som det ska
alarms-none = Inget larm: allt som skulle köras har körts.
alarm-missing = körningen saknas.
alarm-unfinished = körningen blev inte färdig.
alarm-doubtful = körningen gav inte vad den skulle.
run-due = Stod på tur
run-listed = På listorna
run-mailed = Mejl, av behövda
run-rerouted = Till någon annan än den första
run-failed = Kunde inte nås
run-left-out = Inte med:
run-unfinished = inte färdig
run-by-hand = för hand
run-caught-up = ikappkörd
run-in-time = i tid
ran = Körningen är gjord; beviset står överst.
ran-before = Inget nytt att köra: det har redan körts.
notice-month-ahead = Lista för månaden
notice-on-the-day = På dagen
notice-still-open = Fortfarande öppna
left-out-left = { $count } har lämnat förbundet
left-out-deceased = { $count } avlidna
left-out-contacted = { $count } redan kontaktade
left-out-listed = { $count } redan på en lista
rules = Regler
rules-lead = En regel säger till i tid: vem som ska kontaktas, av vem och när.
rule-active = påslagen
rule-paused = vilar
rule-since = sedan { $date }
rule-tells = Får besked
rule-when = När
rule-offset = Infaller
rule-switch-on = Slå på
rule-pause = Låt vila
recipient-responsible = ansvarig förtroendevald
recipient-member = medlemmen själv
recipient-chief = huvudförtroendemannen
recipient-office = kansliet
preview = Titta först
preview-of = Vad som skulle hända: { $month }
preview-lead = inget skrivs och ingen får mejl
preview-mails = Mejl
preview-no-names = Namnen visas inte för din roll.
run-now = Kör nu
due = Dag
goes-to = Går till
rule-graduates = Kontakta dem som tog examen för sex månader sedan
rule-appointments = Säg till när ett uppdrag upphör inom 60 dagar
rule-students = Fråga studerande vars examensdatum har passerat
rule-new = Ny regel
rule-new-lead = Vad ska mejlen säga?
rule-change = Ändra regeln
kind-graduates = Kontakta medlemmar efter examen
kind-graduates-lead = Ansvarig förtroendevald får en lista, kontaktar var och en och antecknar hur det gick.
kind-studying = Fråga studerande om de har tagit examen
kind-studying-lead = Medlemmen får ett mejl med två knappar: har tagit examen eller studerar fortfarande.
kind-ending = Säg till när ett uppdrag upphör
kind-ending-lead = Den förtroendevalda, huvudförtroendemannen och kansliet får ett mejl i god tid.
rule-title = Vad regeln är till för
rule-title-hint = Med egna ord, till exempel: Ring en gång till efter ett år.
rule-wrong-title = Skriv vad regeln är till för, med minst en bokstav.
rule-audience = Vem den gäller
audience-still = de som fortfarande är studerande och vars examen inte är bekräftad
audience-at-anchor = alla som var studerande den dagen
anchor-graduation = Räknas från examensdatum, väntat eller bekräftat.
anchor-ending = Räknas från uppdragets sista dag.
span-months = Månader
span-days = Dagar
span-of-months = { $count ->
    [one] 1 månad
   *[other] { $count } månader
}
span-of-days = { $count ->
    [one] 1 dag
   *[other] { $count } dagar
}
due-at-graduation = på examensdatum
due-after-graduation = { $span } efter examensdatum
due-before-graduation = { $span } före examensdatum
due-at-ending = på uppdragets sista dag
due-after-ending = { $span } efter uppdragets sista dag
due-before-ending = { $span } före uppdragets sista dag
rule-direction = Efter eller före
direction-after = efter dagen
direction-before = före dagen
rule-wrong-span = Infaller: skriv hela tal, högst 120 år.
rule-wrong-late = Sent inskrivna: skriv hela tal, högst 120 år.
rule-wrong-recipients = Välj minst en som får besked.
rule-wrong-notices = Välj listan för månaden, själva dagen eller båda.
rule-content = Vad mejlet innehåller om en medlem
rule-content-hint = Mejl till en arbetsgivares adress innehåller aldrig mer än en länk.
content-names = namnet
content-link = bara en länk
content-full = namn, e-postadress och telefonnummer
rule-late = Sent inskrivna
rule-late-hint = Hur länge efter sin dag den vars datum skrevs in sent ändå kommer med på en lista.
rule-save = Spara och titta på vad som skulle hända
rule-stale = Någon annan har ändrat regeln. Det du skrev står i fälten; spara igen om det ska gälla.
rule-switch-on-hint = Regeln gäller från det att den slås på. Tidigare månader tas inte igen.
