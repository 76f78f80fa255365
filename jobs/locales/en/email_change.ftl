# The mail to a new e-mail address.
email-confirm-subject = Confirm the e-mail address
email-confirm-title = Is this address to be used?
email-confirm-open = Open the link where you are signed in
email-confirm-button = Confirm the address
email-confirm-or-code = Or type this code where you changed the address
email-confirm-valid = Link and code are good for a day and for once. Until then the old address holds.
email-confirm-not-you = If you did not ask for this, throw it away: then nothing happens. Never give the code to anybody.
# The notice to the old address. Names neither the union nor the new address.
email-notice-subject = Your e-mail address changes
email-notice-greeting = Hello { $name }
email-notice-asked = Somebody who is signed in as you has asked to have this e-mail address changed for another one. If that is you, there is nothing to do.
email-notice-by-staff = This e-mail address has been changed for another one by somebody you have talked to. If that is what you wanted, there is nothing to do.
email-notice-stop = Is it not you? Stop the change. Then nothing happens for 72 hours, and somebody finds out what is right
email-notice-button = Stop the change
email-notice-not-you = If it is not what you wanted, get in touch the way you usually do. Do not answer this mail.
