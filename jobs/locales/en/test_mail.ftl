# The test mail, by which an administrator sees that mail arrives.
test-mail-subject = Test message from the membership register
test-mail-heading = Mail from the register arrives
test-mail-asked = An administrator asked for this test on { $date }. Nothing more needs to be done.
test-mail-letters = Do these letters look right? å ä ö Å Ä Ö é ü ø æ ð þ š ž
test-mail-button = Open the register
