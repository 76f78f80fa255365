# Koeviesti, jolla ylläpitäjä varmistaa, että viestit tulevat perille.
test-mail-subject = Koeviesti jäsenrekisteristä
test-mail-heading = Rekisterin viestit tulevat perille
test-mail-asked = Ylläpitäjä pyysi tämän kokeen { $date }. Muuta ei tarvitse tehdä.
test-mail-letters = Näkyvätkö nämä kirjaimet oikein? å ä ö Å Ä Ö é ü ø æ ð þ š ž
test-mail-button = Avaa rekisteri
