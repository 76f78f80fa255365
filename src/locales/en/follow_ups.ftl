## Follow-ups, rules, runs, the demo’s mails
month-of = { $month ->
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
follow-ups = Follow-ups
follow-ups-of = Follow-ups: { $month }
follow-ups-all = All
follow-ups-office = The office’s
follow-ups-coming = To contact
follow-ups-overdue = Overdue
follow-ups-done = Done
follow-ups-ending = Appointments that end
follow-ups-none = Nobody to contact just now.
follow-ups-more = The first { $count } are shown. Choose a month to see the rest.
months = Months
my-members = My members
my-members-none = No member belongs to your appointment.
my-appointments = My appointment:
name = Name
next-page = Next page
no-details = No contact details in the register.
since-graduation = graduated { $date }
since-appointment = appointment ends { $date }
due-on = contact on { $date }
contacted-on = contacted { $date }
responsible-is = responsible: { $name }
responsible-office = responsible: the office
responsible-privacy = responsible: the privacy officer
tag-overdue = overdue
tag-not-confirmed = graduation not confirmed
tag-professional = works already
tag-late = entered late
tag-escalated = handed to the office
record = What came of it?
record-change = Change
record-none = Take back
recorded = Recorded.
note = Note (optional)
wrong-note = Write at most 2,000 characters, without control characters.
follow-up-stale = Somebody else recorded something meanwhile; it stands above. What you typed is in the field.
outcome-reached = We have spoken
outcome-no-answer = No answer
outcome-stays = Stays as a professional
outcome-still-studying = Is still studying
outcome-leaves = Leaves the union
outcome-moved-abroad = Has moved abroad
outcome-wrong-details = Wrong contact details
demo-mails = The mail folder
demo-mails-lead = Everything that the register has mailed in the demo. A mail comes within a couple of seconds; load the page again.
demo-mails-none = Nothing has been mailed yet.
demo-mails-look = The demo: look into the mail folder.
demo-mail = Mail
mail-subject = Subject
mail-to = To
mail-at = Sent
runs = Runs
runs-lead = Every run of a rule leaves a proof: who was due, what was sent, and who was left out.
runs-none = Nothing has run yet.
alarms = This is not as it should be
alarms-none = No alarm: everything that should have run has run.
alarm-missing = the run is missing.
alarm-unfinished = the run did not finish.
alarm-doubtful = the run did not give what it should.
run-due = Due
run-listed = On the lists
run-mailed = Mails, of those needed
run-rerouted = To somebody else than the first
run-failed = Could not be written to
run-left-out = Left out:
run-unfinished = not finished
run-by-hand = by hand
run-caught-up = caught up
run-in-time = in time
ran = It has run; the proof stands first.
ran-before = Nothing new to run: it has run before.
notice-month-ahead = List for the month
notice-on-the-day = On the day
notice-still-open = Still open
left-out-left = { $count } left the union
left-out-deceased = { $count } died
left-out-contacted = { $count } contacted already
left-out-listed = { $count } listed already
rules = Rules
rules-lead = A rule tells in time: who is to be contacted, by whom and when.
rule-active = switched on
rule-paused = resting
rule-since = since { $date }
rule-tells = Is told
rule-when = When
rule-offset = Is due
rule-switch-on = Switch on
rule-pause = Let it rest
recipient-responsible = the responsible representative
recipient-member = the member herself
recipient-chief = the chief shop steward
recipient-office = the office
preview = Look first
preview-of = What would happen: { $month }
preview-lead = nothing is written and nobody is mailed
preview-mails = Mails
preview-no-names = Names are not shown to your role.
run-now = Run now
due = Day
goes-to = Goes to
rule-graduates = Contact those who graduated six months ago
rule-appointments = Tell whose appointment ends within 60 days
rule-students = Ask students past their expected graduation date
rule-new = New rule
rule-new-lead = What are its mails to say?
rule-change = Change the rule
kind-graduates = Contact members after their graduation
kind-graduates-lead = The responsible representative gets a list, contacts each of them and records what came of it.
kind-studying = Ask students whether they have graduated
kind-studying-lead = The member gets a mail with two buttons: graduated, or still studying.
kind-ending = Tell whose appointment ends
kind-ending-lead = The representative, the chief shop steward and the office get a mail in good time.
rule-title = What the rule is for
rule-title-hint = In your own words, for example: Call once more after a year.
rule-wrong-title = Write what the rule is for, with at least one letter.
rule-audience = Whom it concerns
audience-still = those who are students still, their graduation not confirmed
audience-at-anchor = everybody who was a student on that day
anchor-graduation = Counted from the graduation date, expected or confirmed.
anchor-ending = Counted from the last day of the appointment.
span-months = Months
span-days = Days
span-of-months = { $count ->
    [one] 1 month
   *[other] { $count } months
}
span-of-days = { $count ->
    [one] 1 day
   *[other] { $count } days
}
due-at-graduation = on the graduation date
due-after-graduation = { $span } after the graduation date
due-before-graduation = { $span } before the graduation date
due-at-ending = on the last day of the appointment
due-after-ending = { $span } after the last day of the appointment
due-before-ending = { $span } before the last day of the appointment
rule-direction = After or before
direction-after = after the day
direction-before = before the day
rule-wrong-span = Is due: write whole numbers, at most 120 years.
rule-wrong-late = Entered late: write whole numbers, at most 120 years.
rule-wrong-recipients = Choose at least one who is told.
rule-wrong-notices = Choose the list for the month, the day itself, or both.
rule-content = What the mail holds of a member
rule-content-hint = Mail to an employer’s address never holds more than a link.
content-names = the name
content-link = a link only
content-full = name, e-mail address and phone number
rule-late = Entered late
rule-late-hint = For how long after her day somebody whose date was entered late still joins a list.
rule-save = Save and look at the preview
rule-stale = Somebody else has changed the rule. What you typed is in the fields; save again if it is to count.
rule-switch-on-hint = The rule counts from the moment it is switched on. Earlier months are not made up for.
