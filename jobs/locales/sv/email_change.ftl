# Brevet till en ny e-postadress.
email-confirm-subject = Bekräfta e-postadressen
email-confirm-title = Ska den här adressen användas?
email-confirm-open = Öppna länken där du är inloggad
email-confirm-button = Bekräfta adressen
email-confirm-or-code = Eller skriv den här koden där du bytte adress
email-confirm-valid = Länk och kod gäller i ett dygn och en enda gång. Till dess gäller den gamla adressen.
email-confirm-not-you = Bad du inte om det här kan du kasta brevet: då händer ingenting. Ge aldrig koden till någon.
# Beskedet till den gamla adressen. Nämner varken förbundet eller den nya adressen.
email-notice-subject = Din e-postadress byts
email-notice-greeting = Hej { $name }!
email-notice-asked = Någon som är inloggad som du har bett att få byta den här e-postadressen mot en annan. Är det du behöver du inte göra något.
email-notice-by-staff = Den här e-postadressen har bytts mot en annan, av någon som du har talat med. Är det som du ville behöver du inte göra något.
email-notice-stop = Är det inte du? Stoppa bytet. Då händer ingenting på 72 timmar, och någon ser efter vad som är rätt
email-notice-button = Stoppa bytet
email-notice-not-you = Är det inte som du ville, hör av dig så som du brukar. Svara inte på det här brevet.
