// How marks become a score, and scores an order. In whole hundredths of a point, so that what is
// computed again is the same.
#ifndef QINGLIAN_SERVICES_REVIEW_SCORING_H_
#define QINGLIAN_SERVICES_REVIEW_SCORING_H_

#include <string>
#include <vector>

#include "qinglian/review/v1/application.pb.h"
#include "qinglian/review/v1/review_round.pb.h"
#include "qinglian/review/v1/rubric.pb.h"
#include "qinglian/review/v1/score_sheet.pb.h"

namespace qinglian::review {

// The score of an application from its submitted sheets: the mean of their totals, after as many of
// the highest and of the lowest were dropped as the round says. Among equal totals the sheet with
// the smaller name counts as the lower. Empty without sheets.
v1::Application::Score ComputeScore(const v1::Rubric& rubric, const v1::ReviewRound& round,
                                    std::vector<v1::ScoreSheet> sheets);

// Puts the applications of one group into order, the best first: by score, then by the mean of each
// tie-break indicator of the round, then by first submission, then by name. All have a score.
void Rank(const v1::ReviewRound& round, std::vector<v1::Application>& applications);

// The rule for ties of a round, in words.
std::string TieRule(const v1::ReviewRound& round);

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_SCORING_H_
