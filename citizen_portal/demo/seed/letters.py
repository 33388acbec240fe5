"""What people in the demo write. Ordinary Norwegian, nothing about anybody who exists."""

from typing import Final

NEEDS: Final = (
    "Jeg har falt to ganger på badet i høst, og det tok lang tid før noen merket det. Jeg er utrygg når jeg er alene.",
    "Mor har fått hjertesvikt og bor alene i andre etasje. Vi bor to timer unna og får ikke gjort noe hvis hun faller.",
    "Etter hjerneslaget er jeg ustø og glemmer å ta med meg telefonen. En alarm på armen ville gjøre meg tryggere.",
    "Eg ser dårleg og har falle i trappa. Naboen er ikkje heime på dagtid.",
    "Jeg har fått diabetes og har vært lav om natten. Legen mener at jeg bør ha alarm.",
    "Far har Parkinson og reiser seg uten å si fra. Han vil gjerne bo hjemme så lenge det går.",
)

QUESTIONS_FROM_STAFF: Final = (
    "Hei. Takk for søknaden. Kan du fortelle oss hvem vi kan ringe hvis alarmen går om natten?",
    "Hei. Vi kommer gjerne hjem til deg og ser hvor alarmen bør stå. Passer torsdag klokka 10?",
    "Hei. Kan du sende oss legeerklæringen? Du kan ta bilde av den med telefonen og legge den ved her.",
)

ANSWERS_FROM_CITIZENS: Final = (
    "Ja, det går fint. Det er best å komme inn bakdøra.",
    "Dere kan ringe søsteren min. Hun bor i samme gate og har nøkkel.",
    "Her er den. Si fra hvis bildet er for utydelig.",
)

MORE_FROM_STAFF: Final = (
    "Takk, da har vi det vi trenger. Du hører fra oss innen fristen.",
    "Så bra. Da er det avtalt.",
)

LONG_THREAD: Final = (
    "Hei. Jeg lurer på om alarmen virker ute i hagen også?",
    "Hei. Den virker omtrent 50 meter fra huset. Er hagen din større enn det?",
    "Ja, jeg går ofte ned til hønsene, og det er nok lenger.",
    "Da anbefaler vi en alarm med eget mobilkort. Den virker overalt hvor det er dekning.",
    "Koster den mer?",
    "Nei, prisen er den samme. Du må bare huske å lade den, omtrent hver tredje dag.",
    "Det klarer jeg. Kan dere sette den opp for meg?",
    "Ja. Montøren kommer mandag mellom 9 og 11.",
    "Takk. Jeg er hjemme.",
    "Alarmen er satt opp og prøvd. Trykk på knappen en gang i måneden, så ser du at den virker.",
)

KARIS_QUESTION: Final = (
    "Hei, Kari. Vi har fått søknaden om trygghetsalarm til moren din. Kan du sende oss legeerklæringen? "
    "Du kan ta bilde av den med telefonen."
)
