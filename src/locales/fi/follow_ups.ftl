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
rule-offset = Päivästä laskettuna (ISO 8601)
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
