## A member’s own pages
my-questions = Questions to you
question-graduated = The register says that your graduation date is { $date }. Is that so?
question-settled = Settled.
question-day = When did you graduate?
i-have-graduated = I have graduated
i-am-still-studying = I am still studying
answered = Thank you! Your answer is recorded.
my-consents = What I agree to
consent-newsletter = The newsletter by e-mail
consent-sms = Text messages
my-data = My data and who sees it
reads = Who has looked at my data
reads-lead = The last twelve months.
reads-opened = Opened my data
reads-none = Nobody has opened it.
reads-listed = Among lists and searches
reads-listed-lead = The name stood among the hits; the data was not opened.
reads-times = { $count ->
    [one] once
   *[other] { $count } times
}
reads-yourself = you yourself
download = Download all that the register holds of me
my-membership-step-up = Show my membership (with a code)
email-change = My e-mail address
email-current = In the register: { $email }
email-new = New e-mail address
email-new-hint = We mail a code to the new address and a notice to the old one.
email-ask = Mail a code there
email-asked = A mail is on its way to the new address.
email-not-now = The address cannot be changed here just now. Turn to the office.
email-waits = A new address waits
email-waits-lead = Type the code that we mailed to { $email }, or press the link in the mail. They are good for a day.
email-is-stopped = The change was stopped from your old address, until { $date }. Turn to the office.
email-confirm = Confirm your new e-mail address
email-confirm-lead = Press the button, and the new address stands in the register.
email-confirm-button = Confirm
refused-email-change = The link or code is wrong, older than a day, or was used before. Look at the newest mail, or ask for the change once more.
email-stop = Stop the change of e-mail address
email-stop-lead = Was it not you? Press the button. The change is stopped for 72 hours, and the office is told.
email-stop-button = Stop the change
email-stopped = The change is stopped. The office will be in touch.
