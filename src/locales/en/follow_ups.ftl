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
rule-offset = Counted from the day (ISO 8601)
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
