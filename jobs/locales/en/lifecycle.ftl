# Lists to representatives and the office.
month = { $month ->
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
list-subject-month = To contact in { $month }: { $count ->
    [one] { $count } member
   *[other] { $count } members
}
list-subject-day = Today: { $count ->
    [one] { $count } member
   *[other] { $count } members
} to contact
list-subject-open = Reminder: { $count ->
    [one] { $count } follow-up waits
   *[other] { $count } follow-ups wait
} for an answer
list-subject-escalated = For the office: { $count ->
    [one] { $count } follow-up
   *[other] { $count } follow-ups
} without contact
list-subject-appointments = { $count ->
    [one] { $count } appointment ends
   *[other] { $count } appointments end
} soon
list-intro-month = { $count ->
    [one] One member whom you follow up graduated some time ago and should be contacted in { $month }.
   *[other] { $count } members whom you follow up graduated some time ago and should be contacted in { $month }.
} Note how it went, and you will not be reminded.
list-intro-day = { $count ->
    [one] One member should be contacted now ({ $date }) and is not noted as contacted.
   *[other] { $count } members should be contacted now ({ $date }) and are not noted as contacted.
}
list-intro-open = { $count ->
    [one] One follow-up has been open for more than two weeks.
   *[other] { $count } follow-ups have been open for more than two weeks.
} Note how it went. What is still open in two weeks goes to the office.
list-intro-escalated = { $count ->
    [one] One follow-up is open in spite of a reminder.
   *[other] { $count } follow-ups are open in spite of a reminder.
} Now the office has to see to it that somebody gets in touch.
list-intro-appointments = { $count ->
    [one] One appointment ends within 60 days.
   *[other] { $count } appointments end within 60 days.
} Is the next term settled?
list-caught-up = This list is late: it should have been sent earlier and is made up for now.
list-by-hand = This list was made by hand.
list-graduated = Graduation { $date }, contact { $due }
list-appointment-ends = The appointment ends { $date }
list-button = Open the follow-ups
mark-late = The date was entered late
mark-unconfirmed = The graduation is not confirmed
mark-professional = Is a professional member already
mark-nobody = No representative was found
mark-deputy = You are the deputy
mark-instead-of = Responsible: { $name }
# An appointment that ends, to its holder.
ending-subject = Your appointment ends { $date }
ending-text = According to the membership register your appointment as a representative ends { $date }.
ending-what-next = Will you go on, or will somebody take over? Talk to your local branch, so that there is someone to turn to afterwards too.
# The question to a student who should have graduated.
studying-subject = Have you graduated?
studying-text = According to the membership register you were to graduate { $date }. Is that right? Tell us, and you will get the right membership and the right fee.
studying-button = Answer
studying-how = You need not sign in: two presses are enough. It can be answered once.
# The question to a member who could not be reached.
confirm-subject = Are your contact details right?
confirm-text = Somebody from the union has tried to reach you, but the details in the membership register do not seem to be right. Sign in, put right what is wrong and confirm the rest. It takes a minute.
confirm-button = My details
# Alarm to the administrator.
alarm-subject = Alarm from the membership register: { $slot }
alarm-missing = An automatic run has not begun, though it was due more than an hour ago.
alarm-unfinished = An automatic run is not done, though it was due more than an hour ago.
alarm-doubtful = An automatic run is done but did not find what it should.
alarm-what-to-do = Run `matrikel jobs list` and read the log. The section on follow-ups in the operating instructions says what can be done.
