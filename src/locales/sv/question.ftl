# Frågan som besvaras från ett mejl.
asked = Har du tagit examen?
asked-lead = Vi vill att du har rätt medlemskap och betalar rätt avgift. Svaret går till förbundets kansli.
asked-graduated = Ja, jag har tagit examen
asked-when = När?
asked-yes = Skicka datumet
asked-studying = Nej, jag studerar fortfarande
asked-expected = När räknar du med att ta examen? (frivilligt)
asked-no = Jag studerar fortfarande
asked-wrong-date = Skriv datumet då du tog examen, till exempel 2026-06-05.
asked-future = Dagen har inte varit än. Studerar du fortfarande, välj det i stället.
asked-thanks = Tack för svaret!
asked-thanks-lead = Kansliet går igenom det. Du behöver inte göra något mer.
asked-over = Frågan är redan besvarad
asked-over-lead = Eller så har det gått för lång tid sedan vi frågade. Vill du ändra något kan du logga in på din egen sida.
