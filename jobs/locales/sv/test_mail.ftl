# Provbrevet, som en administratör skickar för att se att brev kommer fram.
test-mail-subject = Provbrev från medlemsregistret
test-mail-heading = Brev från registret kommer fram
test-mail-asked = En administratör bad den { $date } om det här provet. Ingenting mer behöver göras.
test-mail-letters = Syns de här bokstäverna rätt? å ä ö Å Ä Ö é ü ø æ ð þ š ž
test-mail-button = Öppna registret
