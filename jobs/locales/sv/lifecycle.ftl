# Listor till förtroendevalda och kansliet.
month = { $month ->
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
list-subject-month = Att kontakta i { $month }: { $count ->
    [one] { $count } medlem
   *[other] { $count } medlemmar
}
list-subject-day = I dag: { $count ->
    [one] { $count } medlem
   *[other] { $count } medlemmar
} att kontakta
list-subject-open = Påminnelse: { $count ->
    [one] { $count } uppföljning
   *[other] { $count } uppföljningar
} väntar på svar
list-subject-escalated = Till kansliet: { $count ->
    [one] { $count } uppföljning
   *[other] { $count } uppföljningar
} utan kontakt
list-subject-appointments = { $count ->
    [one] { $count } uppdrag
   *[other] { $count } uppdrag
} upphör snart
list-intro-month = { $count ->
    [one] En medlem som du följer upp tog examen för en tid sedan och bör kontaktas i { $month }.
   *[other] { $count } medlemmar som du följer upp tog examen för en tid sedan och bör kontaktas i { $month }.
} Skriv in hur det gick, så kommer du inte att bli påmind.
list-intro-day = { $count ->
    [one] En medlem bör kontaktas nu ({ $date }) och är inte antecknad som kontaktad.
   *[other] { $count } medlemmar bör kontaktas nu ({ $date }) och är inte antecknade som kontaktade.
}
list-intro-open = { $count ->
    [one] En uppföljning har varit öppen i mer än två veckor.
   *[other] { $count } uppföljningar har varit öppna i mer än två veckor.
} Skriv in hur det gick. Om två veckor går det som fortfarande är öppet till kansliet.
list-intro-escalated = { $count ->
    [one] En uppföljning är öppen trots påminnelse.
   *[other] { $count } uppföljningar är öppna trots påminnelse.
} Nu behöver kansliet se till att någon hör av sig.
list-intro-appointments = { $count ->
    [one] Ett uppdrag upphör inom 60 dagar.
   *[other] { $count } uppdrag upphör inom 60 dagar.
} Är nästa mandatperiod ordnad?
list-caught-up = Listan kommer för sent: den skulle ha skickats tidigare och görs nu i efterhand.
list-by-hand = Listan har tagits fram för hand.
list-graduated = Examen { $date }, kontakt { $due }
list-appointment-ends = Uppdraget upphör { $date }
list-button = Öppna uppföljningarna
mark-late = Datumet kom in sent
mark-unconfirmed = Examen är inte bekräftad
mark-professional = Är redan yrkesverksam medlem
mark-nobody = Ingen förtroendevald hittades
mark-deputy = Du är ersättare
mark-instead-of = Ansvarig: { $name }
# Uppdrag som upphör, till den som har uppdraget.
ending-subject = Ditt uppdrag upphör { $date }
ending-text = Enligt medlemsregistret upphör ditt uppdrag som förtroendevald { $date }.
ending-what-next = Ska du fortsätta, eller tar någon annan över? Tala med din avdelning, så att det finns någon att vända sig till även efteråt.
# Frågan till den som borde ha tagit examen.
studying-subject = Har du tagit examen?
studying-text = Enligt medlemsregistret skulle du ta examen { $date }. Stämmer det? Tala om det för oss, så får du rätt medlemskap och rätt avgift.
studying-button = Svara
studying-how = Du behöver inte logga in: det räcker med två tryck. Svaret kan lämnas en gång.
# Frågan till den som inte gick att nå.
confirm-subject = Stämmer dina kontaktuppgifter?
confirm-text = Någon i förbundet har försökt nå dig, men uppgifterna i medlemsregistret verkar inte stämma. Logga in, rätta det som är fel och bekräfta resten. Det tar en minut.
confirm-button = Mina uppgifter
# Larm till administratören.
alarm-subject = Larm från medlemsregistret: { $slot }
alarm-missing = En automatisk körning har inte startat, fast den skulle ha gjort det för mer än en timme sedan.
alarm-unfinished = En automatisk körning är inte klar, fast den skulle ha startat för mer än en timme sedan.
alarm-doubtful = En automatisk körning är klar men hittade inte vad den borde.
alarm-what-to-do = Kör `matrikel jobs list` och läs loggen. Avsnittet om uppföljningar i driftdokumentationen säger vad som kan göras.
