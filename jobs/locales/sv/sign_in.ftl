# Brevet med länk och kod för att logga in.
sign-in-subject = Logga in
sign-in-greeting = Hej { $name }!
sign-in-open = Öppna länken i samma webbläsare som du bad om den i
sign-in-button = Logga in
sign-in-or-code = Eller skriv den här koden, i vilken webbläsare som helst
sign-in-code = Skriv den här koden
sign-in-valid = Länk och kod gäller i tio minuter och en enda gång.
sign-in-not-you = Bad du inte om det här kan du kasta brevet: ingen kommer in utan det. Ge aldrig koden till någon, inte heller om någon ringer och ber om den.
