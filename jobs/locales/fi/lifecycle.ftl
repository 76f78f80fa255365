# Luottamushenkilöiden ja toimiston luettelot.
month = { $month ->
    [1] tammikuussa
    [2] helmikuussa
    [3] maaliskuussa
    [4] huhtikuussa
    [5] toukokuussa
    [6] kesäkuussa
    [7] heinäkuussa
    [8] elokuussa
    [9] syyskuussa
    [10] lokakuussa
    [11] marraskuussa
   *[12] joulukuussa
} { $year }
list-subject-month = Ota yhteyttä { $month }: { $count ->
    [one] { $count } jäsen
   *[other] { $count } jäsentä
}
list-subject-day = Tänään: ota yhteyttä { $count ->
    [one] { $count } jäseneen
   *[other] { $count } jäseneen
}
list-subject-open = Muistutus: { $count ->
    [one] { $count } seuranta
   *[other] { $count } seurantaa
} odottaa vastausta
list-subject-escalated = Toimistolle: { $count ->
    [one] { $count } seuranta
   *[other] { $count } seurantaa
} ilman yhteydenottoa
list-subject-appointments = { $count ->
    [one] { $count } luottamustehtävä päättyy
   *[other] { $count } luottamustehtävää päättyy
} pian
list-intro-month = { $count ->
    [one] Yksi seurattavistasi jäsenistä valmistui jokin aika sitten, ja häneen on hyvä ottaa yhteyttä { $month }.
   *[other] { $count } seurattavaa jäsentäsi valmistui jokin aika sitten, ja heihin on hyvä ottaa yhteyttä { $month }.
} Kirjaa, miten kävi, niin sinua ei muistuteta.
list-intro-day = { $count ->
    [one] Yhteen jäseneen on aika ottaa yhteyttä ({ $date }), eikä yhteydenottoa ole vielä kirjattu.
   *[other] { $count } jäseneen on aika ottaa yhteyttä ({ $date }), eikä yhteydenottoa ole vielä kirjattu.
}
list-intro-open = { $count ->
    [one] Yksi seuranta on ollut avoinna yli kaksi viikkoa.
   *[other] { $count } seurantaa on ollut avoinna yli kaksi viikkoa.
} Kirjaa, miten kävi. Kahden viikon kuluttua avoimet siirtyvät toimistolle.
list-intro-escalated = { $count ->
    [one] Yksi seuranta on muistutuksesta huolimatta avoinna.
   *[other] { $count } seurantaa on muistutuksesta huolimatta avoinna.
} Toimiston on nyt huolehdittava siitä, että joku ottaa yhteyttä.
list-intro-appointments = { $count ->
    [one] Yksi luottamustehtävä päättyy 60 päivän kuluessa.
   *[other] { $count } luottamustehtävää päättyy 60 päivän kuluessa.
} Onko seuraavasta kaudesta sovittu?
list-caught-up = Luettelo tulee myöhässä: se olisi pitänyt lähettää aiemmin ja tehdään nyt jälkikäteen.
list-by-hand = Luettelo on tehty käsin.
list-graduated = Valmistumispäivä { $date }, yhteydenotto { $due }
list-appointment-ends = Luottamustehtävä päättyy { $date }
list-button = Avaa seurannat
mark-late = Päivämäärä kirjattiin myöhään
mark-unconfirmed = Valmistumista ei ole vahvistettu
mark-professional = On jo työelämässä oleva jäsen
mark-nobody = Luottamushenkilöä ei löytynyt
mark-deputy = Olet varahenkilö
mark-instead-of = Vastuuhenkilö: { $name }
# Päättyvä luottamustehtävä, tehtävän hoitajalle.
ending-subject = Luottamustehtäväsi päättyy { $date }
ending-text = Jäsenrekisterin mukaan luottamustehtäväsi päättyy { $date }.
ending-what-next = Jatkatko, vai tuleeko joku toinen tilallesi? Ota yhteyttä yhdistykseesi, jotta jäsenillä on joku, jonka puoleen kääntyä myös sen jälkeen.
# Kysymys opiskelijalle, jonka piti valmistua.
studying-subject = Oletko valmistunut?
studying-text = Jäsenrekisterin mukaan sinun piti valmistua { $date }. Pitääkö se paikkansa? Kerro meille, niin saat oikean jäsenyyden ja oikean jäsenmaksun.
studying-button = Vastaa
studying-how = Sinun ei tarvitse kirjautua sisään: kaksi painallusta riittää. Vastata voi kerran.
# Kysymys jäsenelle, jota ei tavoitettu.
confirm-subject = Ovatko yhteystietosi oikein?
confirm-text = Sinua on yritetty tavoittaa liitosta, mutta jäsenrekisterin tiedot eivät näytä pitävän paikkaansa. Kirjaudu sisään, korjaa väärät tiedot ja vahvista muut. Siihen menee minuutti.
confirm-button = Omat tietoni
# Hälytys ylläpitäjälle.
alarm-subject = Hälytys jäsenrekisteristä: { $slot }
alarm-missing = Automaattinen ajo ei ole alkanut, vaikka sen piti alkaa yli tunti sitten.
alarm-unfinished = Automaattinen ajo ei ole valmis, vaikka sen piti alkaa yli tunti sitten.
alarm-doubtful = Automaattinen ajo on valmis, mutta se ei löytänyt mitä olisi pitänyt.
alarm-what-to-do = Aja `matrikel jobs list` ja lue loki. Käyttöohjeen seurantoja koskeva osa kertoo, mitä voi tehdä.
