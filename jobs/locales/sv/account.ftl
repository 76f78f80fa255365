# Besked till den som har ett konto.
account-notice-subject = Din inloggning har ändrats
account-notice-greeting = Hej { $name }!
account-notice-reset = En administratör har nollställt din inloggning: lösenordet, engångskoderna och reservkoderna gäller inte längre, och du är utloggad överallt. Den nya länken får du av administratören, inte i det här brevet.
account-notice-password = Ditt lösenord har bytts, och du är utloggad på andra ställen.
account-notice-second-factor = Din app för engångskoder har bytts, och du är utloggad på andra ställen.
account-notice-not-you = Visste du inte om det? Säg till en administratör genast.
