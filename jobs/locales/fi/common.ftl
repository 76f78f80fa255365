# Kaikille viesteille yhteistä.
date = { $day }. { $month ->
    [1] tammikuuta
    [2] helmikuuta
    [3] maaliskuuta
    [4] huhtikuuta
    [5] toukokuuta
    [6] kesäkuuta
    [7] heinäkuuta
    [8] elokuuta
    [9] syyskuuta
    [10] lokakuuta
    [11] marraskuuta
   *[12] joulukuuta
} { $year }
mail-footer-automatic = Tämän viestin on lähettänyt automaattisesti jäsenrekisteri osoitteessa { $host }.
