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
