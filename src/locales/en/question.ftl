# The question that is answered from a mail.
question = Have you graduated?
question-lead = We want you to have the right membership and pay the right fee. The answer goes to the union's office.
question-graduated = Yes, I have graduated
question-when = When?
question-yes = Send the date
question-studying = No, I am still studying
question-expected = When do you expect to graduate? (optional)
question-no = I am still studying
question-wrong-date = Write the date on which you graduated, for example 2026-06-05.
question-future = That day is yet to come. If you are still studying, choose that instead.
question-thanks = Thank you for the answer!
question-thanks-lead = The office will look at it. There is nothing more that you need to do.
question-over = The question has been answered
question-over-lead = Or too much time has passed since we asked. To change something, sign in to your own page.
