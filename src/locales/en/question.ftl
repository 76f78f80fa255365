# The question that is answered from a mail.
asked = Have you graduated?
asked-lead = We want you to have the right membership and pay the right fee. The answer goes to the union's office.
asked-graduated = Yes, I have graduated
asked-when = When?
asked-yes = Send the date
asked-studying = No, I am still studying
asked-expected = When do you expect to graduate? (optional)
asked-no = I am still studying
asked-wrong-date = Write the date on which you graduated, for example 2026-06-05.
asked-future = That day is yet to come. If you are still studying, choose that instead.
asked-thanks = Thank you for the answer!
asked-thanks-lead = The office will look at it. There is nothing more that you need to do.
asked-over = The question has been answered
asked-over-lead = Or too much time has passed since we asked. To change something, sign in to your own page.
