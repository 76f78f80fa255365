# Ilmoitus sille, jolla on tili.
account-notice-subject = Kirjautumisesi on muuttunut
account-notice-greeting = Hei { $name }!
account-notice-reset = Ylläpitäjä on nollannut kirjautumisesi: salasana, kertakoodit ja varakoodit eivät enää ole voimassa, ja sinut on kirjattu ulos kaikkialta. Uuden linkin saat ylläpitäjältä, et tässä viestissä.
account-notice-password = Salasanasi on vaihdettu, ja sinut on kirjattu ulos muualta.
account-notice-second-factor = Kertakoodisovelluksesi on vaihdettu, ja sinut on kirjattu ulos muualta.
account-notice-not-you = Etkö tiennyt tästä? Kerro heti ylläpitäjälle.
