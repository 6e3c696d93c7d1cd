score_model <- function(data, covariates)
  glm(reformulate(covariates, "treat"), binomial, data, control = exact)
score_numbers <- function(fit) {
  names <- sub("(Intercept)", "intercept", names(coef(fit)), fixed = TRUE)
  c(setNames(coef(fit), paste("coefficient", names)), setNames(sqrt(diag(vcov(fit)))[-1], paste("SE", names[-1])),
    "log-likelihood" = as.numeric(logLik(fit)))
}
gbsg2$score <- fitted(score_model(gbsg2, SCORE$gbsg2))
rossi$score <- fitted(score_model(rossi, SCORE$rossi))
against("fit_propensity", "gbsg2",
        quote(glm(treat ~ age + post + tsize + grade2 + grade3 + pnodes + progrec + estrec, binomial, gbsg2, control = exact)),
        score_numbers)
against("fit_propensity", "rossi",
        quote(glm(treat ~ age + race + wexp + mar + paro + prio, binomial, rossi, control = exact)), score_numbers)
alone <- function(crossed) {
  single <- rowSums(crossed > 0) == 1
  c("levels in one arm only" = sum(single), "patients at them" = sum(crossed[single, ]))
}
against("find_non_overlap", "gbsg2", quote(with(gbsg2, table(pmin(pnodes, 30), treat))), alone)
against("find_non_overlap", "rossi", quote(with(rossi, table(prio, fin))), alone)

# Match takes treated patients in the order of the rows; its caliper is in standard deviations that divide by n.
nearest <- function(data, caliper = NULL, ...) {
  sorted <- data[order(-data$score), ]
  n <- nrow(data)
  width <- if (!is.null(caliper)) caliper * sqrt(n / (n - 1))
  found <- Match(Tr = sorted$treat, X = sorted$score, distance.tolerance = 0, ties = FALSE, caliper = width, ...)
  list(treated = sorted[found$index.treated, ], control = sorted[found$index.control, ],
       used = length(unique(found$index.control)))
}
pair_numbers <- function(pairs) {
  distance <- abs(pairs$treated$score - pairs$control$score)
  c(pairs = length(distance), "total distance" = sum(distance), "controls used" = pairs$used)
}
set.seed(1)
against("match_nearest", "gbsg2", quote(nearest(gbsg2, M = 1, replace = FALSE)), pair_numbers, "no caliper")
against("match_nearest", "gbsg2",
        quote(nearest(gbsg2, M = 1, replace = FALSE, caliper = 0.1)), pair_numbers, "caliper 0.1")
against("match_nearest", "gbsg2",
        quote(nearest(gbsg2, M = 1, replace = FALSE, caliper = 0.02)), pair_numbers, "caliper 0.02")
against("match_nearest", "gbsg2",
        quote(nearest(gbsg2, M = 1, replace = TRUE, caliper = 0.1)), pair_numbers, "with replacement")
against("match_nearest", "gbsg2",
        quote(nearest(gbsg2, M = 2, replace = TRUE)), pair_numbers, "two controls, with replacement")
# Total distances of the most pairs within the caliper: one beyond it has the price of all others together.
optimal <- function(data, caliper) {
  distance <- abs(outer(data$score[data$treat == 1], data$score[data$treat == 0], "-"))
  within <- distance <= caliper * sd(data$score)
  chosen <- clue::solve_LSAP(ifelse(within, distance, 10 * nrow(distance) * max(distance)))
  found <- cbind(seq_along(chosen), chosen)
  c(pairs = sum(within[found]), "total distance" = sum(distance[found][within[found]]))
}
against("match_nearest", "gbsg2", quote(optimal(gbsg2, 0.1)), identity, "optimal")
against("match_nearest", "rossi", quote(optimal(rossi, 0.02)), identity, "optimal")
# Scores of few values: who is taken depends on the order of the rows, how many are taken does not.
tied_score <- function(data, covariates) transform(data, score = round(fitted(score_model(data, covariates)), 11))
coarse <- list(gbsg2 = tied_score(gbsg2, c("post", "grade2", "grade3")),
               rossi = tied_score(rossi, c("race", "wexp", "mar", "paro")))
orders <- function(data, repeats = 400) {
  taken <- sapply(seq_len(repeats), function(k) {
    shuffled <- data[sample(nrow(data)), ]
    pairs <- nearest(shuffled, M = 1, replace = FALSE, caliper = 0.1)
    rownames(data) %in% c(rownames(pairs$treated), rownames(pairs$control))
  })
  share <- rowMeans(taken)
  c("always matched" = sum(share == 1), "matched in some orders" = sum(share > 0 & share < 1), pairs = sum(taken[, 1]) / 2)
}
against("tie_draws", "rossi", quote(orders(coarse$rossi)), identity)
against("tie_draws", "gbsg2", quote(orders(coarse$gbsg2)), identity)

balance_numbers <- function(data, names) {
  pairs <- nearest(data, M = 1, replace = FALSE, caliper = 0.1)
  each <- lapply(names, function(name) {
    found <- balance(data, name)
    after <- (mean(pairs$treated[[name]]) - mean(pairs$control[[name]])) / sd(data[[name]][data$treat == 1])
    setNames(c(found$sdiff / 100, found$sdiff.pooled / 100, found$var.ratio, after),
             paste(name, c("SMD before", "SMD before, pooled", "variance ratio", "SMD after")))
  })
  unlist(each)
}
against("balance_table", "gbsg2", quote(balance_numbers(gbsg2, c("age", "tsize", "pnodes"))), identity)
against("balance_table", "rossi", quote(sapply(c("age", "prio"), function(x) balance(rossi, x)$sdiff / 100)),
        function(x) setNames(x, paste(names(x), "SMD before")))
