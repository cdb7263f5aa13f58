"""The phrases of adverts, of a show's own promotion, of greetings, goodbyes and credits, as podcasts speak them.

Each table is one pattern of whole words. What a table proves differs: OPENING, CLOSING and BOILERPLATE are said by adverts
alone; SHARED, BREAK and PROMOTION are said in talk too and need company (a model's opinion, a second phrase, an edge).
"""

from __future__ import annotations

import re


def _any_of(*phrases: str) -> re.Pattern[str]:
    """A pattern of whole words: "use the code" is not in "because the code". Apostrophes may be typographic, or missing."""
    joined = re.sub(r"(?<=\w)'(?=\w)", "['’]?", "|".join(phrases))
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)", re.IGNORECASE)


_SHOW = (
    r"(?:the|this|our|my|today's)(?: week's)?(?: \w+)?"
    r" (?:show|episode|podcast|series|programme|program|edition|video|stream|segment)"
)
_OUR = r"(?:our|my|today's|this week's|this (?:episode|show|month)'s|the show's)"
_PATRONS = r"(?:sponsors?|advertisers?)"
_CODE = r"[\"“'‘]?(?-i:[A-Z][A-Z0-9]{2,})"  # a code is written in capitals
_TLD = r"(?:com|io|dev|fm|ai|org|net|co|sh|app|tv|gg|me|us|uk|au|co\.uk|com\.au|co dot uk|com dot au)"
_URL = rf"\S+(?:\.{_TLD}\b|(?: \w+)? dot {_TLD}\b)\S*"
_NUMBER = r"(?:\d+|ten|fifteen|twenty|twenty[- ]five|thirty|forty|fifty|sixty|seventy)"
_OFF = rf"(?:{_NUMBER} ?(?:%|percent|per cent|dollars|bucks|pounds|quid) off|[$£€]\d+ off)"
_MAKERS = r"(?:produc|edit|engineer|mix|master|host|record|compos|research|written|fact[- ]check)\w*"

OPENING = _any_of(
    rf"{_SHOW}(?: of [\w' ]{{2,40}}?)?(?: is|'s|,)(?: also| being| proudly)?"
    r" (?:brought to you|sponsored|supported|presented|powered|made possible)(?: today)?(?: in part)? by",
    rf"(?:thank you|thanks)\b[^.!?]{{1,60}}\bfor (?:sponsoring|supporting) {_SHOW}",
    rf"(?:thanks?(?: you)?(?: so much| again)? to|to thank|(?<!in other )words? from|messages? from|hear from)"
    rf" (?:one of )?{_OUR} (?:\w+ ){{0,2}}{_PATRONS}",
    r"(?:our|today's|this week's|this (?:episode|show)'s) (?:first|second|third|next|last|final|other|newest) sponsor",
    rf"{_OUR} (?:presenting |title |lead )?sponsor (?:today|this week|for this|for today|this episode)",
    rf"{_OUR} (?:\w+ )?sponsor,? (?-i:[A-Z])\w+|(?:today|this week|this episode)'s (?:\w+ )?sponsor is",
    r"time for (?:some )?sponsored news|(?:brought to you|sponsored) by our (?:good )?(?:friends|partners|sponsors?) at",
    rf"{_SHOW}'s sponsor|(?:this|the following) message (?:comes|is) (?:from|brought)"
    r"|support (?:also )?comes from (?-i:[A-Z])",
    r"(?:quick|short|brief|little|commercial|ad|sponsor) break (?:to|for|from|so)"
    r" (?:\w+ ){0,3}(?:sponsors?|advertisers?|ads?)",
    r"support for (?:this|the|our|today's) (?:podcast|show|episode|programme|program)"
    r"(?: [\w' ]{1,30})? (?:comes|is provided)",
    r"(?:i'm|we're|i am|we are) (?:\w+ )?(?:excited|proud|happy|thrilled|pleased)"
    r" to (?:be )?partner(?:ed|ing)? (?:up )?with",
)
CLOSING = _any_of(
    r"(?:our|my) thanks to [^.!?]{1,60} for (?:their|its) (?:support|sponsorship)",
    rf"(?:(?:promo|coupon|discount|offer|referral) |use (?:the |our |my )?)code,? (?:is )?{_CODE}",
    rf"(?:(?:go|head)(?: over)? to|visit) {_URL}(?: (?:forward )?slash(?: \w+){{1,3}}?)? today",
    r"(?:promo|coupon|discount|offer) code,? \w+ (?:at checkout|for \d+|to (?:get|save|receive))",
    r"(?:use|enter|with)(?: the| our| my)?(?: (?:promo|offer|discount|coupon))? code,? \w+(?: \w+)?,? (?:at checkout|for|to)"
    rf" (?:get |save |an extra |up to |your )*{_OFF}",
    rf"{_OFF} (?:of )?your (?:first|next|entire|whole|purchase|order)",
    r"(?:dot com|\.com),? ?(?:/|(?:forward )?slash) ?[\w ]{2,30},? (?:for|to) (?:get |save |claim |an? |your |up )*"
    rf"(?:{_OFF}|free|special|exclusive|discount)",
    rf"(?:go to|visit|at) {_URL},? and use (?:the |our |my |promo )*code",
)
BOILERPLATE = _any_of(
    r"terms (?:and|&) conditions(?: may)? apply|terms apply|restrictions (?:may )?apply|void where prohibited",
    r"member f\.?d\.?i\.?c|equal housing lender|n\.?m\.?l\.?s\.? (?:number|#|id)|individual results (?:may|will) vary",
    r"gamble responsibly|(?:must be|over) (?:18|21|eighteen|twenty[- ]one) (?:or older|and over|and older|plus)",
    r"1-?800-?gambler|see (?:the )?(?:site|website|store|app) for (?:full )?details|begambleaware",
    r"hosted on acast|(?:acast|art19)\.com/privacy|see (?:pcm\.)?\S+/privacy|adchoices|megaphone\.fm/adchoices",
    r"this (?:is a|has been an?) (?:paid )?(?:ad|advertisement|commercial)(?: for| by| from)?",
)
SHARED = _any_of(
    r"support for [\w' ]{2,40} comes from",
    r"(?:brought to you|sponsored|presented) by|sponsors? of (?:the|this|our) (?:show|podcast|episode|network)",
    r"(?:our|my) (?:good )?friends (?:over )?at|(?:our|my|the show's) listeners (?:can )?(?:get|receive)",
    rf"(?:(?:learn|find out|read) more|sign up|get started|try it|head(?: over)?)(?: today)? (?:at|to|on) {_URL}",
    rf"(?:visit|go(?: over)? to|check (?:it|them) out at|(?:by )?(?:going to|visiting)) {_URL}",
    r"\w+(?:\.com/|(?:\.| dot )(?:com|io|dev|fm|ai|org|net|co|uk) (?:forward )?slash )\w+|that's (?:\w+ ){1,3}dot com",
    r"free trials?|money-?back guarantee|risk-?free|no credit card|(?:first|1st) (?:month|order|box|week|bag) (?:is )?"
    r"(?:free|on us|for free)|your first (?:month|order|box|purchase)",
    rf"{_OFF}|free shipping|free (?:delivery|returns|consultation|quote)|no (?:hidden fees|strings attached|commitment)",
    r"at check ?out|terms (?:and conditions )?apply|limited[- ]time|special offer|exclusive (?:offer|deal|discount)",
    r"use (?:the|our|my) (?:link|code)|(?:use|with|enter) (?:the |our |my )?(?:promo|coupon|discount|offer) code",
    r"links? (?:is |are |will be )?(?:down )?in the (?:show ?notes|(?:episode )?description|bio)"
    r"|(?:click|tap|use) (?:the|my|our|that) link"
    r"|links? (?:is )?(?:down )?below",
    r"(?:try|start|started) (?:it )?(?:today )?for (?:free|just)(?: today)?"
    r"|download (?:the|our|their) (?:free )?(?:\w+ )?app",
    r"(?:offer|promo|discount|coupon) codes?|(?:\w-){3,}\w|advertisements?|(?:start|begin|get) your free",
    r"take (?:control|charge) of your|(?:order|shop|book|call|apply|switch|upgrade) (?:now|today|online|yours)",
)
BREAK = _any_of(
    r"(?:we'll|we will|i'll|will) be (?:right |straight )?back|right back after"
    r"|(?:after|following) (?:the|this|a) (?:short |quick )?break",
    r"(?:take|taking|time for|have|having) (?:a|our|one|another) (?:very )?(?:quick|short|brief|little|commercial|ad|word)?"
    r" ?(?:ad |commercial )?break|don't go (?:away|anywhere)|stay tuned|stick around|after these messages",
    r"(?:quick|brief|short) (?:word|message) (?:from|about)|(?:pay|paying|paid for) (?:some|the|our) bills",
    r"speaking of [\w' ]{2,40},? (?:let me|i want)"
    r"|(?:let me|i want to|wanna|want to) (?:tell you|talk to you|take a moment)",
)
BACK = _any_of(
    r"back to (?:the|our|this|today's) (?:show|episode|conversation|interview|story|programme"
    r"|program|podcast|discussion|chat|video|stream|tutorial|talk|topic|news|action|game|list)",
    r"(?:let's|let us) (?:get|jump|dive|go|head|hop|move|return)(?: right| straight| on)?"
    r" (?:back|into|in to|in|on|to|started)"
    r"|(?:and|but|so|okay|alright),? now,? (?:right |straight )?back to|now let's (?:get|talk|move|go|take a look)",
    r"without (?:any )?further (?:ado|delay)|(?:anyways?|okay|alright),? (?:so )?back to",
    r"welcome back|on with the show|(?:and |okay |alright |all right )*(?:we're|we are) back",
)
PROMOTION = _any_of(
    r"subscribe (?:to|on) (?:us|apple|spotify|itunes|youtube|(?:our|my|the|this) (?:show|podcast|newsletter|channel|feed))",
    r"(?:like|rate|review),?(?: and)? subscribe|(?:hit|smash|please) (?:the |that )?(?:subscribe|like)",
    r"subscribe,? (?:rate|and (?:rate|leave|share))|subscribe (?:wherever|now|today)",
    r"wherever (?:else )?you (?:get|listen to|find|download|stream) (?:your |to )?(?:podcasts|shows)"
    r"|(?:five|5)[- ]star (?:review|rating)s?",
    r"(?:leave|write|give) (?:us |me |a )+(?:\S+ )?(?:review|rating)"
    r"|(?:rate|review) (?:us|the show|this podcast|and review)",
    r"(?:follow|find) (?:us|me) (?:over )?(?:on|at) (?:twitter|x|instagram|facebook|mastodon|linkedin"
    r"|youtube|apple|spotify|social|tiktok|threads|bluesky|blue sky|substack)",
    r"join (?:us (?:in|on) )?(?:our|the) (?:free )?(?:community|slack|discord|newsletter|mailing list|patreon)",
    r"(?:support|join) (?:us|me|the show) (?:on|at|over on) patreon|become a (?:patron|supporter|member)"
    r"|on (?:our|my) patreon",
    r"patreon(?:\.com| dot com)|sign up (?:for|to) (?:our|my|the) (?:\w+ )?(?:newsletter|mailing list|email list)",
    r"(?:our|my) (?:weekly |free )?newsletter|ad[- ]free (?:listening|episodes|version|feed)|bonus (?:episodes?|content)",
    r"new episodes (?:\w+ )?(?:every|drop|weekly|on)|(?:tell|share (?:it|this|the show) with) (?:a|your) friends?",
    r"(?:get|buy|grab) (?:your )?tickets (?:at|now|to)|(?:our|my) merch|merch store"
    r"|listen (?:to it )?(?:now )?(?:on|wherever)",
    r"available (?:now |everywhere )?(?:on|wherever) (?:apple|spotify|audible|amazon|all|you|books)",
)
GREETING = _any_of(
    r"welcome (?:back )?(?:to|everyone|everybody)|(?:hello|hi|hey)(?: everyone| everybody)?,? and welcome",
    r"(?:i'm|i am|we are|we're) (?:your|the) hosts?|(?:this is|i'm|i am|my name is) (?-i:[A-Z])\w+(?: (?-i:[A-Z])\w+)?,?"
    r" (?:and )?(?:this is|your host|host of|and welcome|you're listening)",
    r"you're listening to(?! (?:this|it|me|us|a)\b)|(?:and )?this is the [\w' ]{2,40} podcast",
    r"(?:thanks|thank you) (?:so much |very much )?for (?:joining|having|coming on|being (?:here|on))",
    r"(?:i'm|we're|i am|we are) joined (?:today |here )?by|great to (?:be here|have you)|with me today is",
    r"from (?:npr|the bbc|bbc|wnyc|wondery|iheart\w*|gimlet|the new york times|vox media|pushkin|cbc|abc)"
    r"[\w, ]*(?:this is|i'm)",
)
GOODBYE = _any_of(
    r"(?:thanks|thank you) (?:so much |again )?for (?:joining|having|coming on|being (?:here|on))|(?:bye|goodbye)",
    r"(?:see|talk to|catch) (?:you|y'all|ya) (?:all |guys )?(?:next|again|later|in the next)|until next (?:time|week)",
    r"that's (?:it|all|a wrap|our show|the show) for (?:today|this (?:week|episode)|now)|that's our show",
)
LAST_WORDS = _any_of(r"(?:thanks|thank you)(?: \w+){0,3} for (?:listening|tuning in|watching)")
CREDITS = _any_of(
    rf"(?:was|is|were|are) (?:{_MAKERS} (?:and |, )?){{1,3}} by"
    r"|(?:executive|senior|associate|assistant|supervising) produc\w+",
    rf"(?:our|the) (?:\w+ )?(?:producers?|editors?|sound designers?|engineers?) (?:is|are)\b"
    rf"|{_MAKERS} (?:and {_MAKERS} )?by",
    r"(?:our |the )?(?:theme |intro |original )*(?:music|song) (?:is |was |for this (?:show|episode) )*"
    r"(?:by|from|composed|courtesy)",
    r"sound design|special thanks to|is an? (?:\w+ ){1,4}production|a production of"
    r"|(?:production|research) (?:assistance|help) (?:by|from)",
    r"transcripts? (?:is |was |are )?(?:provided|generated|produced|made) by",
)
DENIAL = _any_of(
    r"(?:not|isn't|aren't|wasn't|never|no|without|don't have) (?:any |an? |our |being |actually |even )?sponsor(?:s|ed)?",
    r"not (?:an ad|getting paid|paid)",
)
AD_CHAPTER = re.compile(
    r"\W*(?:ads?|adverts?|advertisements?|sponsors?|werbung)(?: (?:break|read|spot|message|segment)s?)?\W*(?:[\d:|–—-].*)?"
    r"|\W*(?:sponsored|brought to you) by\b.*"
    r"|\W*(?:a )?(?:quick )?(?:word|message|thanks|thank you) (?:from|to) our sponsors?\b.*",
    re.IGNORECASE,
)
