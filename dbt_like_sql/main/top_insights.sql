-- The insights of a listener's brief, at most five, ranked, with what each place rests on and the reasons in words.
--
-- columns
--   listener VARCHAR: whose brief
--   published_on DATE: partition: the day of the brief
--   rank INTEGER: 1 is the one most worth knowing
--   insight_id VARCHAR: the insight
--   said_on DATE: when it came out
--   score DOUBLE: what it is ranked by (model.choices says how)
--   value DOUBLE: the extractor's score, 0 to 1
--   evidence DOUBLE: how well it is evidenced, 0 to 1
--   novelty DOUBLE: 1 for new, 0.7 for a follow-up
--   corroboration DOUBLE: other shows that say the same, 0 to 1: three count in full
--   voices INTEGER: how many other shows say the same
--   interest DOUBLE: how it matches what the listener cares about, 0 to 1
--   interest_text VARCHAR: the interest that it matches best
--   dislike DOUBLE: how it matches what the listener does not care about, 0 to 1
--   feedback DOUBLE: what the listener's feedback on others says of it, -1 to 1
--   show_weight DOUBLE: the listener's weight of its show
--   status VARCHAR: new or follow_up
--   of_insight_id VARCHAR: what it follows up
--   of_on DATE: when the listener was told that, else when it was said
--   is_of_told BOOLEAN: they were told
--   reasons VARCHAR[]: why it was picked, in words
--
-- checks
--   unique: listener, published_on, insight_id
--   unique: listener, published_on, rank
--   not_null: listener, published_on, rank, insight_id, score
--   at_most: 5 rows a listener
WITH rule AS (
    SELECT
        0.25 AS interest_named, -- from here on an interest, a feedback, is a reason
        0.15 AS feedback_named
)

SELECT
    choice.listener,
    choice.published_on,
    choice.rank,
    choice.insight_id,
    candidate.said_on,
    choice.score,
    candidate.value,
    candidate.evidence,
    choice.novelty,
    candidate.corroboration,
    candidate.voices,
    candidate.interest,
    candidate.interest_text,
    candidate.dislike,
    candidate.feedback,
    candidate.show_weight,
    choice.status,
    choice.of_insight_id,
    choice.of_on,
    choice.is_of_told,
    list_filter([
        CASE
            WHEN candidate.interest >= rule.interest_named
                THEN 'you care about: ' || rtrim(candidate.interest_text, '. ')
        END,
        CASE WHEN candidate.feedback >= rule.feedback_named THEN 'like what you found useful' END,
        CASE WHEN candidate.show_weight > 1 THEN 'a show that you gave more weight' END,
        CASE
            WHEN candidate.voices = 1 THEN 'two shows said it'
            WHEN candidate.voices > 1 THEN (candidate.voices + 1) || ' shows said it'
        END,
        CASE
            WHEN choice.status = 'follow_up'
                THEN 'follows up what ' || CASE WHEN choice.is_of_told THEN 'you were told' ELSE 'was said' END || ' on '
                || strftime(choice.of_on, '%-d %b %Y')
            ELSE 'new since ' || strftime(candidate.said_on, '%-d %b %Y')
        END,
        'value ' || printf('%.2f', candidate.value)
    ], lambda said: said IS NOT NULL) AS reasons
FROM model.choices AS choice
CROSS JOIN rule
JOIN model.candidates AS candidate
    ON candidate.listener = choice.listener AND candidate.insight_id = choice.insight_id AND candidate.published_on = $day
WHERE choice.published_on = $day AND choice.rank IS NOT NULL
ORDER BY choice.listener, choice.rank
