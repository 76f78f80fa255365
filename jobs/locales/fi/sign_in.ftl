# Viesti, jossa on linkki ja koodi kirjautumista varten.
sign-in-subject = Kirjaudu sisään
sign-in-greeting = Hei { $name }!
sign-in-open = Avaa linkki samassa selaimessa, jossa pyysit sitä
sign-in-button = Kirjaudu sisään
sign-in-or-code = Tai kirjoita tämä koodi missä tahansa selaimessa
sign-in-code = Kirjoita tämä koodi
sign-in-valid = Linkki ja koodi ovat voimassa kymmenen minuuttia ja vain kerran.
sign-in-not-you = Jos et pyytänyt tätä, voit poistaa viestin: ilman sitä kukaan ei pääse sisään. Älä anna koodia kenellekään, älä myöskään soittajalle, joka pyytää sitä.
