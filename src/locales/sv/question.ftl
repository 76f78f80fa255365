# Frågan som besvaras från ett mejl.
question = Har du tagit examen?
question-lead = Vi vill att du har rätt medlemskap och betalar rätt avgift. Svaret går till förbundets kansli.
question-graduated = Ja, jag har tagit examen
question-when = När?
question-yes = Skicka datumet
question-studying = Nej, jag studerar fortfarande
question-expected = När räknar du med att ta examen? (frivilligt)
question-no = Jag studerar fortfarande
question-wrong-date = Skriv datumet då du tog examen, till exempel 2026-06-05.
question-future = Dagen har inte varit än. Studerar du fortfarande, välj det i stället.
question-thanks = Tack för svaret!
question-thanks-lead = Kansliet går igenom det. Du behöver inte göra något mer.
question-over = Frågan är redan besvarad
question-over-lead = Eller så har det gått för lång tid sedan vi frågade. Vill du ändra något kan du logga in på din egen sida.
