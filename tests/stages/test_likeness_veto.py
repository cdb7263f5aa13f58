"""What forbids that two insights are one, and what does not."""

from __future__ import annotations

import pytest

from brief_pipeline.stages.likeness_veto import find_veto


@pytest.mark.parametrize(
    ("earlier", "later", "start"),
    [
        ("Rents in Brenham fell by 17 percent", "In Brenham rents were 11 percent down", "number"),
        ("The pond took 9 months to fill", "Filling the pond was a matter of 4 months", "number"),
        ("The pond cost 40 million dollars", "They paid 60 million dollars for that pond", "number"),
        ("Tessin's mill closed after the flood", "Brenham's mill closed after the flood", "name"),
        ("The new pump works in winter", "The new pump does not work in winter", "negation"),
        ("Small ponds hold more fish", "Small ponds hold less fish", "antonym"),
        ("Wells beat ponds in dry years", "Ponds beat wells in dry years", "order"),
        ("Wells are cheaper than ponds", "Ponds are cheaper than wells", "order"),
        ("Salt in the wells cut yields by 14 percent", "A cut of yields by 35 percent came from salt in wells", "number"),
        ("Wells dug after 2010 stay free of tax for life", "Free of tax for life are wells dug after 2001", "number"),
        ("Version 4 of Marl needs 2 cores", "Marl version 10 needs 2 cores", "number"),
        ("Orrin left the wells to 3 million farms last year", "Tessin left the wells to 3 million farms last year", "name"),
        ("The pond brought herons back to the farms", "Back to the farms the pond did not bring any herons", "negation"),
        ("The toll doubled the riders on the ferry", "Riders on the ferry did not go up twofold with the toll", "negation"),
    ],
)
def test_what_differs_forbids(earlier: str, later: str, start: str) -> None:
    for left, right in ((earlier, later), (later, earlier)):
        conflict = find_veto(left, "", right, "")
        assert conflict is not None
        assert conflict.startswith(start)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("70 percent of all the pump hours go to one farm", "One farm takes seven tenths of the hours that the pumps run"),
        ("Every second farmer sold land", "Half of the farmers sold some land"),
        ("Water use was 41 percent lower", "They used two fifths less water"),
        ("The walk took 24 months", "It was a walk of two years"),
        ("Fish stocks doubled", "There were twice as many fish"),
        ("The dam saved nearly a third of the water", "30 percent of the water was saved by the dam"),
        ("The dam cost ten million dollars", "It was $10m that the dam cost"),
        ("Ponds are not cheap to keep", "Keeping ponds is expensive"),
        ("Wells are cheaper than ponds", "Ponds are dearer than wells"),
        ("Tessin's mill closed", "The mill closed after the flood of 2021"),
        ("The mill works on 12 days", "Of the 30 wheels in the mill most work"),
        ("The pump saves no water", "The pump does not save any water"),
        ("Orrin Mills cut its night shift", "Orrin has cut the shift at night"),
        ("Dig a well rather than a pond", "A well is what you should dig, and not a pond"),
        ("A pond matters more than any well", "No well matters as much as a pond"),
        ("Pumps here were 9 minutes quicker", "The pumps here went from 31 minutes to 22"),
        ("Farms gave up every pump", "Farms stopped using any of the pumps"),
        ("Farms do without 90 percent of their pumps", "Farms get by on a tenth of the pumps"),
        ("Finnish farms dug wells", "Wells were dug by farms in Finland"),
        ("Wells serve farms better than ponds", "Ponds serve farms less well than wells do"),
        ("It took less than a year for ten farms to dig more wells", "Ten farms dug more wells within ten months"),
        ("Shared pumps are soon dropped by the farms", "Nobody looks after what many own, so pumps break"),
        ("No wells pay in wet years except the deep ones", "The deep wells pay in wet years, and they are the only ones"),
        ("Wells are 12 cents cheaper a farm", "Wells are 12 cents cheaper, over a million dollars for all farms"),
    ],
)
def test_the_same_said_otherwise_is_allowed(earlier: str, later: str) -> None:
    assert find_veto(earlier, "", later, "") is None
    assert find_veto(later, "", earlier, "") is None
