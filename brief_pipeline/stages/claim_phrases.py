"""The phrases that make a spoken sentence a claim, and those that make it chatter. Tables only; English.

A table is a list of marks; each is a head, `[name: points a hit, at most n hits]`, and small patterns parted by ";".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# A quantity's unit, written UNIT in the tables.
UNIT = (
    r"(?:%|percent|x|times|million|billion|thousand|hundred|years?|months?|weeks?|days?|hours?|minutes?|seconds?"
    r"|milliseconds?|people"
    r"|users|customers|lines|engineers|developers|companies|dollars|bucks|gigabytes?|gigs|megabytes?|tokens|parameters"
    r"|degrees|jobs)"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A kind of phrase, the points that a hit gives or takes, and how many hits count."""

    name: str
    weight: float
    most: float
    pattern: re.Pattern[str]


def phrases(table: str) -> re.Pattern[str]:
    """One pattern for whole phrases, given as small patterns parted by ";". A line that ends in "|" reads on.

    Joined by hand, because re.VERBOSE would drop the spaces inside the phrases.

    >>> phrases("as a result; because").findall("Because of that")
    ['Because']
    >>> phrases("use the code").findall("because the code")
    []
    """
    joined = "".join(line.strip() + ("" if line.rstrip().endswith("|") else " ") for line in table.splitlines())
    alternatives = [phrase.strip().replace("UNIT", UNIT) for phrase in joined.split(";") if phrase.strip()]
    return re.compile(rf"(?<![\w'’-])(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


def read_table(table: str) -> tuple[Mark, ...]:
    """The marks of a table.

    >>> [(mark.name, mark.weight, mark.most) for mark in read_table("[cause: 0.8 a hit, at most 2 hits]\\n because; due to")]
    [('cause', 0.8, 2.0)]
    """
    heads = re.split(r"^\[(.+): (\S+) a hit, at most (\S+) hits\]$", table, flags=re.MULTILINE)[1:]
    rows = zip(heads[::4], heads[1::4], heads[2::4], heads[3::4], strict=True)
    return tuple(Mark(name, float(weight), float(most), phrases(body)) for name, weight, most, body in rows)


CLAIMS = read_table(r"""
[cause: 0.8 a hit, at most 1.5 hits]
    because; therefore; which is why; the reasons? (?:why|that|for|is); reasons? why; leads? to; led to;
    results? in; caus(?:es?|ed|ing); due to; as a result; so that; which means; means? that; in order to; drives?;
    depends? on; allow(?:s|ing)? (?:you|us|them|people|\w+ to); enabl(?:es?|ed|ing);
    ma(?:kes?|king) it (?:easier|harder|possible|impossible|much|so); if you .{3,60}, (?:you|it|then|your);
    the more .{3,60}, the; without .{3,40}, (?:you|it|we|they|there); forces?
[contrast: 0.8 a hit, at most 1.5 hits]
    however; instead(?: of)?; rather than; not (?:just|only|about|because|necessarily|enough); whereas;
    even though; although; despite; unlike; turns? out;
    the (?:problem|challenge|issue|catch|downside|tension|irony|danger|risk) (?:is|with|of|here); trade-?offs?;
    no longer; as opposed to; (?:isn't|aren't|is not|are not) .{2,50} (?:it's|they're|but); used to; people think;
    everyone (?:thinks|says|assumes); misconception; counter-?intuitive(?:ly)?; surprising(?:ly)?; contrary to;
    actually (?:is|are); doesn't (?:mean|matter|scale|work|need|have to);
    don't (?:need|care|want|realize|understand|matter|scale)
[comparison: 0.6 a hit, at most 1.5 hits]
    (?:more|less|fewer|better|worse|faster|slower|cheaper|bigger|smaller|easier|harder|higher|lower|greater|
    larger|longer|shorter|simpler|safer)(?: \w+){0,4} than;
    (?:far|much|way|even) (?:more|less|better|worse|faster|cheaper|easier|harder); compared (?:to|with); versus;
    as (?:much|many|good|fast|important|hard|cheap) as; the (?:same|opposite) (?:as|of); the difference between;
    just as \w+ as
[quantity: 0.5 a hit, at most 1.5 hits]
    [$€£]\d[\d,.]*(?: \w+)?; \d[\d,.]*\s?(?:to \d+ )?UNIT; twice; half of; doubl(?:es|ed|ing); tripl(?:es|ed); tenfold;
    (?:vast )?majority of; (?:a|one) (?:third|quarter) of; two thirds; orders? of magnitude;
    (?:two|three|four|five|six|seven|eight|nine|ten|
    twenty|thirty|forty|fifty|a hundred|a thousand|a million|a billion) UNIT
[definition: 0.6 a hit, at most 1.5 hits]
    the (?:whole |real |main |key |core |big |biggest |only )?(?:key|point|idea|goal|secret|trick|lesson|
    takeaway|value|power|beauty|purpose|question|advantage|benefit|bottleneck|cost|insight|promise|truth|reality|
    mistake|answer|job) (?:is|of|to|was|isn't|with);
    is (?:really|all|not) about; what .{2,50} (?:is|means) is; comes down to; boils down to;
    refers? to
[advice: 0.8 a hit, at most 1.5 hits]
    you(?:'ve| have)? (?:should|need to|have to|got to|must|can't just|don't (?:want|need|have) to|want to|
    shouldn't|cannot|can't);
    should(?:n't)?; must; make sure; (?:should|must|you|we|will|can|people) never;
    the (?:best|only|right|easiest|worst) (?:way|thing|practice|time|place); important (?:to|that|thing); avoid;
    it's (?:better|worth|hard|easy|easier|harder|critical|crucial|important|impossible|difficult);
    don't (?:try|do|use|just|ever);
    the (?:biggest|hardest|worst|best|most \w+) (?:mistake|thing|part|problem|challenge|lesson|reason|barrier|
    risk|obstacle);
    lessons?;
    (?:people|companies|teams|developers|engineers|organizations|businesses|we) (?:should|need to|have to|must);
    better off; worth it
[prediction: 0.7 a hit, at most 1.5 hits]
    will (?:be|become|replace|have|need|never|always|continue|change|see|get|probably|end|lose|win|disappear|
    still|eventually);
    won't;
    (?:is|are|'s|'re) going to (?:be|become|replace|have|need|change|get|see|happen|continue|win|lose|disappear);
    in the next \w+ (?:years|months|decade); in the future; the future of; eventually; by 20[2-9]\d;
    sooner or later; (?:is|are) becoming; more and more
[finding: 0.7 a hit, at most 1.5 hits]
    (?:we|i|they|researchers|you)(?:'ve| have|'ll)? (?:found|find|learned|realized|discovered|noticed|saw|
    seen) (?:out )?(?:that|is|was|it|how);
    studies; research; the data; evidence; statistics; survey; according to; on average; measured
[general: 0.5 a hit, at most 1.5 hits]
    people; companies; teams?; developers?; engineers?; organi[sz]ations?; business(?:es)?; users; customers;
    programmers; maintainers?; models?; systems?; software; technolog(?:y|ies); industry; communit(?:y|ies);
    everyone; most; every; always; nobody; no one; founders?; investors?; patients?; doctors?; voters?;
    governments?; countries; markets?; scientists?; researchers?; students?; kids; children; parents; workers?;
    employees; managers?; humans?; society
[weight: 0.4 a hit, at most 1.5 hits]
    biggest; hardest; most important; fundamental(?:ly)?; only way; key; critical; core; essential(?:ly)?;
    crucial; powerful; matters?; underrated; overrated; underestimated?; bottleneck; incentives?; risks?;
    valuable; cost(?:s|ly)?; expensive
""")

FAULTS = read_table(r"""
[greeting: 2.5 a hit, at most 1 hits]
    welcome (?:to|back|everyone|everybody); thanks?(?! to); thank you; hello; hey everyone; (?:good|great|nice|
    awesome) to (?:see|be|have|meet|hear);
    see you; bye; talk to you; cheers; happy (?:holidays|birthday|new year|to); joined (?:by|today|me);
    joining (?:us|me); how are you; how's it going; (?:a|
    my) pleasure; congrats; congratulations; i (?:really )?appreciate; appreciate (?:you|it); kudos;
    shout-?outs?; big fan; excited (?:to|about|for); good luck
[show talk: 2.0 a hit, at most 1 hits]
    this (?:episode|show|podcast|conversation|segment|interview);
    (?:the|our) (?:show|podcast)(?! (?:business|must)); our (?:guests?|listeners?|audience); last (?:week|
    episode);
    (?:previous|future|other|earlier|next) episodes?; episodes?; show ?notes; tune in; stay tuned;
    (?:next|my|your|first|last|final|follow-?up) question; let's;
    your (?:life|thought process|thinking|mind|show|company|project|background|experience|journey|
    career|story|book|talk|podcast); you guys;
    before we; (?:quick|short) break; after (?:the|this) break; co-?hosts?; unpopular opinion;
    on (?:the|this) (?:pod|mic);
    (?:you|we|i)(?:'ve| have| had|'d| just| already)? (?:mention(?:ed)?|talked about|discussed|alluded|
    touched); you said;
    (?:good|great) question; you(?:'re| are| were) (?:saying|talking|asking|describing);
    i(?:'m| am| was) (?:asking|wondering|curious|trying to|just curious);
    i(?:'ll| will| would| wanted| want| can|'d)? (?:like to |to )?(?:ask|add|mention|go back|point out|share|
    link|talk about);
    tell (?:us|me|the); we(?:'ll| will) (?:get (?:in)?to|come back|talk|link|dive); we can (?:link|talk|dive|
    jump);
    as (?:i|you|we) (?:said|mentioned); speaking of
[reading aloud: 2.0 a hit, at most 1 hits]
    (?:in|from) (?:this|the|that) (?:report|article|blog ?post|post|video|tweet|chapter|blog|piece|thread|
    diagram|chart|slide);
    (?:this|the|that) (?:article|author|headline|blog post|tweet|post|caption) ?(?:is|was|says|said|here|by|
    talks|goes|reads|titled|called);
    the (?:next|second|third|last|final) (?:one|thing|point|item|bullet) (?:they|he|she|it|is|was|here);
    they (?:mention|list|write|say here|go on); it says; and i quote; end quote; reads?:
[pitch: 1.8 a hit, at most 2 hits]
    sponsor(?:s|ed|ing)?; promo code; coupon; discounts?; sign(?:ed|ing)? up; free trial; free tier;
    learn more at; head (?:over )?to; check (?:it|them|us|that|this|out|his|her)(?: \w+)? ?out; check out;
    use code; \w+\.(?:com|io|dev|fm|ai|org|net|co)(?:/\w+)?;
    our (?:product|platform|customers?|company|mission|users|team|service|tool|customer base|clients?|startup|website|
    offering|solution|docs|cli|api|sdk|app|roadmap|fleet|aircraft|competitors?|homepage|server|company's);
    we (?:try|do|use|have|run|want|decided|chose|started|call);
    we (?:offer|provide|support|launched|built|build|ship(?:ped)?|released?|help|created?|announced|sell|let you|
    give you|integrate|partner);
    with \w+, you can; (?:on|with|through) our (?:platform|\w+); get started; our goal;
    we(?:'re| are) (?:building|hiring|launching|working|offering|a);
    we(?:'ve| have) (?:built|launched|added|got|shipped|released|created|raised|made); github repo;
    star (?:us|the); waitlist; (?:beta|early) access; patreon; merch; state-of-the-art; out of the box;
    (?:open source )?project (?:called|named); you can (?:find|go|get|download|install|sign|just go|follow)
[own trade: 1.8 a hit, at most 1 hits]
    (?:switch|mov|migrat|flock)(?:e|es|ed|ing)?(?: over)? to us; c[ao]m(?:e|ing) (?:over )?to us; hire us; pay(?:s|ing)? us;
    work(?:s|ed|ing)? with us; reach(?:es|ed|ing)? out to us; sign(?:s|ed|ing)? up (?:for|with) (?:us|our);
    (?:try|use|using|buy|download|join) our \w+; book a (?:demo|call); promo codes?; discount codes?; we(?:'re| are) hiring;
    our (?:mission|goal|vision) is
[biography: 1.6 a hit, at most 2 hits]
    my name(?: is|'s); i(?:'m| am) (?:an?|the|currently|originally|from|based|here);
    i (?:work(?:ed)?|studied|joined|graduated|grew up|started|founded|moved|majored|interned);
    my (?:background|career|degree|phd|job|wife|husband|kids?|son|daughter|dad|mom|father|mother|family|brother|
    sister|friend|boss|life|house|car|phone);
    (?:he|she)(?:'s| is| was) (?:an?|the|one|my);
    (?:ceo|cto|cfo|co-?founder|vp|head|director|professor|data scientist|engineer|architect|manager|host|
    researcher) (?:at|of|with);
    years ago; back in (?:the|20\d\d|19\d\d|my|those|college|high); when i was; i(?:'ve| have) been;
    in (?:college|high school|university|school); got hired;
    (?:was|were|been) (?:founded|born|acquired|started)(?: in| by)?; i used to;
    for the (?:last|past) (?:\w+|\d+) years; i ended up; lucky enough; we(?:'ve| have) been
[story: 0.7 a hit, at most 3 hits]
    yesterday; last night; this morning; i remember; i was; i went; he was; she was; i had; i did; i got; when i;
    told me; he said; she said; i said; they (?:were|said); (?:was|were|i'm|he's|she's|they're|am|is) like;
    like(?= [\"“]); i'm gonna; i(?:'d| would)? (?:really )?(?:love|like|liked|loved|hate|enjoy); we were; we had;
    we did; we went;
    i (?:just )?(?:saw|found|bought|tried|wrote|made|met|asked|came|took|put|built|watched|read|heard); he had;
    it was; there (?:was|were)
[joke: 1.0 a hit, at most 2 hits]
    funny; jok(?:e|es|ing); haha; laugh(?:s|ed|ing|ter)?; cool; awesome; crazy; wow; weird; hilarious; damn; hell;
    oh my; god; dude; guys; blah; yay; whoa; shit; fuck\w*; crap; sucks?;
    super (?:fun|cool|excited); fun
[filler: 0.4 a hit, at most 3 hits]
    you know; i mean; kind of; sort of; like,; um+; uh+; i guess; or whatever; and stuff; stuff like that;
    right\?; literally; basically; honestly; anyways?; whatnot; et cetera; something like that; and so on;
    i don't know; stuff; gonna; wanna; i feel like; if you will; per se; yada
[hedge: 0.2 a hit, at most 2 hits]
    i think; i believe; i suspect; maybe; probably; i would say; i'd say; in my opinion
[deictic: 0.6 a hit, at most 2 hits]
    here; right now;
    th(?:is|at) (?:one|thing|guy|person|side|point|way|stuff|kind|sort|type|whole|particular|specific|same|case|
    space|sense|regard);
    over there; th(?:ese|ose) (?:things|ones|guys|two|kinds|sorts|types|other);
    the (?:other one|first one|second one|former|latter|one|ones); like (?:this|that); today; such an?
[comment: 1.0 a hit, at most 2 hits]
    i (?:totally |completely |really |definitely |fully )?(?:agree|understand|get that|see that|hope|wonder|
    guess|know);
    makes sense; that's (?:true|right|great|fair|interesting|a); interesting; you're right; exactly; for me;
    in (?:our|my|your|his|her|their) case; i can't (?:wait|tell|imagine|believe); to your point; what you're
""")

# Words that carry no subject matter; what is left are the content words.
STOP_WORDS = frozenset(  # as running text: a list of 200 strings would be unreadable
    """
    a an the and or but so of to in on at for with is are was were be been being it its it's that this these those i
    you he she they we me him her them my your his our their as by from if then than not no do does did have has had
    just like what which who when where how why there here about into out up down can could would will should may
    might really very much more most some any all also well yeah right okay know think mean kind sort thing things
    stuff going go get got one i'm you're we're they're that's there's don't i've we've doesn't isn't can't even
    because way lot other something someone make makes made want need use said say see actually too still being over
    only every own same back let lets now doing done been able maybe little bit sure always never ever yes no oh
    """.split()  # noqa: SIM905
)
