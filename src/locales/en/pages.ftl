brand = Matrikel
own-name = English
skip = Skip to the content
places = Places
language = Language
actions = Actions
date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }
moment = { $date } at { $hour }:{ $minute }

## Signing in
sign-in = Sign in
ended-title = Please sign in
ended-lead = The page is for those who are signed in. You come to it when you have signed in.
sign-out = Sign out
pledge = Confidentiality pledge
pledge-lead = Please read and accept this before other people’s details are shown to you.
pledge-accept = I accept this
pledge-read = Read the pledge
sessions = Where I am signed in
sessions-lead = End whatever you do not recognise.
session-browser = Browser
session-how = Signed in by
session-began = Since
session-seen = Last seen
session-this = This one
session-end = End
method-link = Link in a mail
method-code = Code in a mail
method-password = Password and one-time code
method-recovery = Password and recovery code

## The demo
demo-band = Demo: nobody in this register exists.
demo-enter = Have a look around
demo-enter-lead = This is a demo. Enter as:
by-member = the member
by-representative = representative
by-staff = staff
by-registrar = registrar
by-privacy-officer = privacy officer
by-administrator = administrator
by-system = the system

## Errors
error-400-title = That did not work
error-400-lead = The page could not read what was sent. Go back and try again.
error-403-title = Not for your role
error-403-lead = This page belongs to another role than yours. Ask an administrator if you need it.
error-404-title = There is no such page
error-404-lead = It may have been removed, or it is not for you to see.
error-409-title = It clashes with what the register holds
error-409-lead = Nothing was changed. Go back and look at what the register holds now.
error-412-title = Somebody changed it meanwhile
error-412-lead = Nothing was lost: go back, load the page again, and do it once more if it is still needed.
error-429-title = Too many attempts
error-429-lead = Wait a few minutes, then try again.
error-500-title = Something went wrong here
error-500-lead = Nothing was changed. It has been written down; tell us the number below if you call.
error-503-title = Very busy just now
error-503-lead = Try again in a few seconds. Nothing is done twice.
error-forged-title = Please send this once more
error-forged-lead = You have signed in anew since you opened the page. Nothing was changed yet.
error-pledge-title = One thing first
error-pledge-lead = Accept the confidentiality pledge before other people’s details are shown to you.
error-step-up-title = Show that it is you
error-step-up-lead = This needs a code that was shown just now.
to-start = To the first page
request-id = Number of this request: { $id }
typed-title = What you typed is here
typed-lead = Sign in in a new window, come back here, and send it again.
typed-sign-in = Sign in in a new window
typed-again = Send it again

## The desk
desk = Find a member
search-label = Who is calling?
search = Search
search-hint = Name as you hear it, phone number, member number, e-mail or date of birth. Any order, any spelling.
search-failed = The search did not answer. Type on, or press Enter.
filters = Narrow the search
birth-year = Year of birth
all-types = All types
former-too = Former members too
found = { $count ->
    [one] 1 person found
   *[other] { $count } people found
}
found-more = The { $count } best are shown; there are more
nobody = Nobody found
nobody-try-less = Type less of the name: the first letters are enough.
nobody-try-number = Ask for the phone number, member number or date of birth, and type it here.
nobody-try-former = She may have left, or have had another name: try “Former members too”.
register-prospect = Register somebody who is not a member yet
born = b. { $year }
why-number = number: { $found }
why-folded = { $asked } → { $found }: without accents
why-sounds-like = { $asked } → { $found }: sounds alike
why-similar = { $asked } → { $found }: similar spelling
why-former = { $asked } → { $found }: former name
why-nickname = { $asked } → { $found }: nickname
spellings = Instead of { $asked }
spelling-members = { $count ->
    [one] 1 person
   *[other] { $shown } people
}
keys-title = Keys
keys-switch = Single keys on or off
keys-desk = Keys: / to the box, ↓ ↑ among the hits, Enter opens, Esc goes back to the box and empties it.
keys-card = Keys: 1–4 confirm, e changes, Esc goes back to the search.

## A card
card = Card
back-to-search = Back to the search
back = Back
number = Member number { $number }
member-number = Member number
born-on = born { $date }
was-member = former member ({ $type })
formerly = formerly { $names }
protected = Protected identity: address and contact details must not come out.
hidden-membership = Hidden membership: must not be shown to her own workplace.
contact = Details to check with the caller
nothing = not registered
confirm = Right
checked = checked { $date } by { $by }, { $how }
never-checked = not checked yet
edit = Change
periods = Membership
periods-none = not a member
before-register = before the register
goes-on = goes on
from = From
until = Until
until-day = until { $date }
history = What was changed
representatives = Representatives, in the order to turn to
representatives-none = Nobody is appointed for this member. The office answers.
appointments = Appointments
saved = Saved.
confirmed = Noted: checked today.
registered = Registered.
undone = Taken back.
nothing-changed = Nothing was changed.
save = Save
cancel = Cancel
register = Register
stale-title = Somebody changed the same thing meanwhile
stale-lead = Both are shown below. What you typed is in the fields; save again if it is to count.
theirs = In the register now: { $value }
clear-question = { $field }: remove it from the register
wrong-title = Please mend this first
wrong-email = Write the e-mail address as anna@example.org.
wrong-phone = Write the number on one line, at most 50 characters.
wrong-country = Write the country as two letters, for example SE or FI.
wrong-workplace = There is no workplace of this name. Write it as it stands in the register.
wrong-date = Write a day that exists, not after today.
wrong-name = A name is needed, with at least one letter.
wrong-line = Write it on one line, at most { $letters } characters.
hint-phone = In any form, for example 070-123 45 67.
hint-country = Two letters: SE, FI, NO, DK.
hint-workplace = The name, or its beginning, as in the register.
language-not-known = Not known

## My page
my-details = My details
hello = Hello { $name }
all-right = All of this is right
change-details = Change my details
saved-fields = Saved: { $fields }
undo = Undo
masked = registered (hidden until you sign in with a code)
my-representatives = My representatives
my-representatives-lead = Turn to the first one first.
my-representatives-none = Nobody is appointed where you work or study. Turn to the union’s office.
call = Call { $name }
write = Write to { $name }
my-membership = My membership

## Words of the register
field-given-names = Given names
field-surname = Surname
field-former-surnames = Former surnames
field-birth-date = Date of birth
field-identity-number = Personal identity number
field-language = Language
field-email = E-mail
field-phone = Phone
field-street = Street and number
field-postal-code = Postal code
field-city = Town
field-country = Country
field-occupation = Occupation
address = Address
workplace = Workplace
local-branch = Local branch
school = School
graduation-date = Graduation date
graduation-confirmed = Graduation confirmed
graduation-expected = { $date } (expected)
membership-type = Membership type
joined-on = Member since
left-on = Left on
leave-reason = Reason for leaving
type-student = student
type-professional = professional
type-manager = manager
type-teacher = teacher
type-researcher = researcher
type-self-employed = self-employed
type-job-seeker = job seeker
type-retired = retired
type-supporting = supporting member
type-prospect = prospect
left-retired = retired
left-changed-union = went to another union
left-dissatisfied = not satisfied
left-moved = moved
left-deceased = died
left-unpaid = did not pay
left-other = other
shop-steward = shop steward
chief-shop-steward = chief shop steward
safety-representative = safety representative
student-representative = student representative
channel-phone = on the phone
channel-email = by e-mail
channel-in-person = face to face
channel-self-service = on her own page
change-created = Registered
change-imported = Imported
change-updated = Changed
change-joined = Joined
change-type = Changed membership type
change-left = Left
change-verified = Details checked
change-protected = Protected identity
change-appointment = Appointment changed
