# Gemensamt för alla brev.
date = { $day } { $month ->
    [1] januari
    [2] februari
    [3] mars
    [4] april
    [5] maj
    [6] juni
    [7] juli
    [8] augusti
    [9] september
    [10] oktober
    [11] november
   *[12] december
} { $year }
mail-footer-automatic = Det här brevet skickas automatiskt från medlemsregistret på { $host }.
