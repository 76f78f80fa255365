## Seuranta, säännöt, ajot, demon posti
month-of = { $month ->
    [1] tammikuu
    [2] helmikuu
    [3] maaliskuu
    [4] huhtikuu
    [5] toukokuu
    [6] kesäkuu
    [7] heinäkuu
    [8] elokuu
    [9] syyskuu
    [10] lokakuu
    [11] marraskuu
   *[12] joulukuu
} { $year }
follow-ups = Seuranta
follow-ups-of = Seuranta: { $month }
follow-ups-all = Kaikki
follow-ups-office = Toimiston
follow-ups-coming = Otettava yhteyttä
follow-ups-overdue = Myöhässä
follow-ups-done = Valmiit
follow-ups-ending = Päättyvät luottamustehtävät
follow-ups-none = Ei ketään juuri nyt.
follow-ups-more = Ensimmäiset { $count } näytetään. Valitse kuukausi nähdäksesi loput.
months = Kuukaudet
my-members = Omat jäseneni
my-members-none = Tehtäviisi ei kuulu jäseniä.
my-appointments = Luottamustehtäväni:
name = Nimi
next-page = Seuraava sivu
no-details = Rekisterissä ei ole yhteystietoja.
since-graduation = valmistunut { $date }
since-appointment = luottamustehtävä päättyy { $date }
due-on = yhteys { $date }
contacted-on = yhteydessä { $date }
responsible-is = vastuussa: { $name }
responsible-office = vastuussa: toimisto
responsible-privacy = vastuussa: tietosuojavastaava
tag-overdue = myöhässä
tag-not-confirmed = valmistumista ei ole vahvistettu
tag-professional = on jo työssä
tag-late = kirjattu myöhään
tag-escalated = siirretty toimistolle
record = Miten kävi?
record-change = Muuta
record-none = Peru
recorded = Kirjattu.
note = Muistiinpano (vapaaehtoinen)
wrong-note = Kirjoita enintään 2 000 merkkiä, ilman ohjausmerkkejä.
follow-up-stale = Joku muu kirjasi jotain sillä välin; se on yllä. Kirjoittamasi on kentässä.
outcome-reached = Olemme puhuneet
outcome-no-answer = Ei vastausta
outcome-stays = Jää jäseneksi työelämään
outcome-still-studying = Opiskelee vielä
outcome-leaves = Eroaa liitosta
outcome-moved-abroad = Muuttanut ulkomaille
outcome-wrong-details = Väärät yhteystiedot
demo-mails = Postilaatikko
demo-mails-lead = Kaikki, minkä rekisteri on lähettänyt demossa. Viesti tulee parissa sekunnissa; lataa sivu uudelleen.
demo-mails-none = Mitään ei ole vielä lähetetty.
demo-mails-look = Demo: katso postilaatikosta.
demo-mail = Viesti
mail-subject = Aihe
mail-to = Vastaanottaja
mail-at = Lähetetty
runs = Ajot
runs-lead = Jokaisesta säännön ajosta jää todiste: ketkä olivat vuorossa, mitä lähetettiin ja ketkä jäivät pois.
runs-none = Mitään ei ole vielä ajettu.
alarms = Tämä ei ole kunnossa
alarms-none = Ei hälytyksiä: kaikki tarvittava on ajettu.
alarm-missing = ajo puuttuu.
alarm-unfinished = ajo ei valmistunut.
alarm-doubtful = ajo ei tuottanut sitä, mitä piti.
run-due = Vuorossa
run-listed = Listoilla
run-mailed = Viestejä, tarvituista
run-rerouted = Muulle kuin ensimmäiselle
run-failed = Ei tavoitettu
run-left-out = Pois jätetyt:
run-unfinished = kesken
run-by-hand = käsin
run-caught-up = ajettu jälkikäteen
run-in-time = ajallaan
ran = Ajo on tehty; todiste on ylimpänä.
ran-before = Ei uutta ajettavaa: se on jo ajettu.
notice-month-ahead = Kuukauden lista
notice-on-the-day = Päivänä
notice-still-open = Yhä avoinna
left-out-left = { $count } eronnut
left-out-deceased = { $count } kuollut
left-out-contacted = { $count } jo kontaktoitu
left-out-listed = { $count } jo listalla
rules = Säännöt
rules-lead = Sääntö muistuttaa ajoissa: kehen otetaan yhteyttä, kuka ja milloin.
rule-active = päällä
rule-paused = lepää
rule-since = { $date } alkaen
rule-tells = Saa tiedon
rule-when = Milloin
rule-offset = Ajankohta
rule-switch-on = Kytke päälle
rule-pause = Laita lepäämään
recipient-responsible = vastuussa oleva luottamushenkilö
recipient-member = jäsen itse
recipient-chief = pääluottamusmies
recipient-office = toimisto
preview = Katso ensin
preview-of = Mitä tapahtuisi: { $month }
preview-lead = mitään ei kirjoiteta eikä kenellekään lähetetä
preview-mails = Viestejä
preview-no-names = Nimiä ei näytetä roolillesi.
run-now = Aja nyt
due = Päivä
goes-to = Menee
rule-graduates = Ota yhteyttä puoli vuotta sitten valmistuneisiin
rule-appointments = Ilmoita, kun luottamustehtävä päättyy 60 päivän kuluessa
rule-students = Kysy opiskelijoilta, joiden valmistumispäivä on mennyt
rule-new = Uusi sääntö
rule-new-lead = Mitä sen viesteissä sanotaan?
rule-change = Muuta sääntöä
kind-graduates = Ota yhteyttä jäseniin valmistumisen jälkeen
kind-graduates-lead = Vastuussa oleva luottamushenkilö saa listan, ottaa yhteyttä jokaiseen ja kirjaa tuloksen.
kind-studying = Kysy opiskelijoilta, ovatko he valmistuneet
kind-studying-lead = Jäsen saa viestin, jossa on kaksi painiketta: olen valmistunut tai opiskelen yhä.
kind-ending = Ilmoita päättyvästä luottamustehtävästä
kind-ending-lead = Luottamushenkilö, pääluottamusmies ja toimisto saavat viestin hyvissä ajoin.
rule-title = Mitä varten sääntö on
rule-title-hint = Omin sanoin, esimerkiksi: Soita uudelleen vuoden kuluttua.
rule-wrong-title = Kirjoita, mitä varten sääntö on. Tarvitaan ainakin yksi kirjain.
rule-audience = Ketä se koskee
audience-still = niitä, jotka ovat yhä opiskelijoita ja joiden valmistumista ei ole vahvistettu
audience-at-anchor = kaikkia, jotka olivat opiskelijoita sinä päivänä
anchor-graduation = Lasketaan odotetusta tai vahvistetusta valmistumispäivästä.
anchor-ending = Lasketaan luottamustehtävän viimeisestä päivästä.
span-months = Kuukausia
span-days = Päiviä
span-of-months = { $count ->
    [one] 1 kuukausi
   *[other] { $count } kuukautta
}
span-of-days = { $count ->
    [one] 1 päivä
   *[other] { $count } päivää
}
due-at-graduation = valmistumispäivänä
due-after-graduation = { $span } valmistumispäivän jälkeen
due-before-graduation = { $span } ennen valmistumispäivää
due-at-ending = luottamustehtävän viimeisenä päivänä
due-after-ending = { $span } luottamustehtävän viimeisen päivän jälkeen
due-before-ending = { $span } ennen luottamustehtävän viimeistä päivää
rule-direction = Jälkeen vai ennen
direction-after = päivän jälkeen
direction-before = ennen päivää
rule-wrong-span = Ajankohta: kirjoita kokonaislukuja, enintään 120 vuotta.
rule-wrong-late = Myöhään kirjatut: kirjoita kokonaislukuja, enintään 120 vuotta.
rule-wrong-recipients = Valitse ainakin yksi, joka saa tiedon.
rule-wrong-notices = Valitse kuukauden lista, itse päivä tai molemmat.
rule-content = Mitä viestissä kerrotaan jäsenestä
rule-content-hint = Työnantajan osoitteeseen lähtevässä viestissä on aina vain linkki.
content-names = nimi
content-link = pelkkä linkki
content-full = nimi, sähköpostiosoite ja puhelinnumero
rule-late = Myöhään kirjatut
rule-late-hint = Kuinka kauan oman päivänsä jälkeen pääsee vielä listalle, jos päivä on kirjattu myöhään.
rule-save = Tallenna ja katso, mitä tapahtuisi
rule-stale = Joku muu on muuttanut sääntöä. Kirjoittamasi on kentissä; tallenna uudelleen, jos sen on oltava voimassa.
rule-switch-on-hint = Sääntö on voimassa päälle kytkemisestä alkaen. Aiempia kuukausia ei oteta takautuvasti.
