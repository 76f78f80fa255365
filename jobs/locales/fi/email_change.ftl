# Viesti uuteen sähköpostiosoitteeseen.
email-confirm-subject = Vahvista sähköpostiosoite
email-confirm-title = Otetaanko tämä osoite käyttöön?
email-confirm-open = Avaa linkki siellä, missä olet kirjautuneena
email-confirm-button = Vahvista osoite
email-confirm-or-code = Tai kirjoita tämä koodi siihen, missä vaihdoit osoitetta
email-confirm-valid = Linkki ja koodi ovat voimassa vuorokauden ja vain kerran. Siihen asti vanha osoite on voimassa.
email-confirm-not-you = Jos et pyytänyt tätä, voit poistaa viestin: silloin mitään ei tapahdu. Älä anna koodia kenellekään.
# Ilmoitus vanhaan osoitteeseen. Ei mainitse liittoa eikä uutta osoitetta.
email-notice-subject = Sähköpostiosoitteesi vaihtuu
email-notice-greeting = Hei { $name }!
email-notice-asked = Joku, joka on kirjautunut sinuna, on pyytänyt vaihtamaan tämän sähköpostiosoitteen toiseen. Jos se olit sinä, sinun ei tarvitse tehdä mitään.
email-notice-by-staff = Tämä sähköpostiosoite on vaihdettu toiseen; vaihdon teki joku, jonka kanssa olet puhunut. Jos niin oli tarkoitus, sinun ei tarvitse tehdä mitään.
email-notice-stop = Etkö se ollut sinä? Pysäytä vaihto. Silloin mitään ei tapahdu 72 tuntiin, ja joku selvittää asian
email-notice-button = Pysäytä vaihto
email-notice-not-you = Jos näin ei ollut tarkoitus, ota yhteyttä niin kuin yleensä. Älä vastaa tähän viestiin.
