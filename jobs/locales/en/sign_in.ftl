# The mail with link and code to sign in.
sign-in-subject = Sign in
sign-in-greeting = Hello { $name }
sign-in-open = Open the link in the browser in which you asked for it
sign-in-button = Sign in
sign-in-or-code = Or type this code, in any browser
sign-in-code = Type this code
sign-in-valid = Link and code are good for ten minutes and for once.
sign-in-not-you = If you did not ask for this, throw it away: nobody gets in without it. Never give the code to anybody, nor to somebody who calls and asks for it.
