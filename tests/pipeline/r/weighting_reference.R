# Makes weighting_reference.json: weighted Cox models and curves, also in one fixed 'bootstrap' sample, doubly robust
# differences, optimal matching, detectable hazard ratios.
# Usage: Rscript weighting_reference.R <folder with lifelines' gbsg2.csv and rossi.csv> > weighting_reference.json
# Needs (Debian: r-cran-*) survival, jsonlite, clue, epiR.
suppressPackageStartupMessages({library(survival); library(jsonlite); library(epiR)})

folder <- commandArgs(trailingOnly = TRUE)[1]
gbsg <- read.csv(file.path(folder, "gbsg2.csv"))
gbsg <- with(gbsg, data.frame(
  treat = as.integer(horTh == "yes"), time = time, event = cens, age, post = as.integer(menostat == "Post"), tsize,
  grade2 = as.integer(tgrade == "II"), grade3 = as.integer(tgrade == "III"), pnodes, progrec, estrec))
rossi <- read.csv(file.path(folder, "rossi.csv"))
rossi <- with(rossi, data.frame(treat = fin, time = week, event = arrest, age, race, wexp, mar, paro, prio))

weight_sets <- function(treat, score) {
  share <- mean(treat)
  ate <- ifelse(treat == 1, 1 / score, 1 / (1 - score))
  list(ate = ate, stabilised = ate * ifelse(treat == 1, share, 1 - share),
       att = ifelse(treat == 1, 1, score / (1 - score)), atc = ifelse(treat == 1, (1 - score) / score, 1),
       overlap = ifelse(treat == 1, 1 - score, score))
}
kish <- function(w) sum(w)^2 / sum(w^2)
row_of <- function(fit) {
  s <- summary(fit)$coefficients["treat", ]
  list(log_hr = unname(s["coef"]), naive_se = unname(s["se(coef)"]), robust_se = unname(s["robust se"]))
}
strict <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 60)
effects <- function(d, covariates, w) {
  d$w <- w
  adjusted <- reformulate(c("treat", covariates), "Surv(time, event)")
  list(largest = max(w), kish = list(treated = kish(w[d$treat == 1]), control = kish(w[d$treat == 0])),
       effect = row_of(coxph(Surv(time, event) ~ treat, d, weights = w, robust = TRUE, control = strict)),
       adjusted = row_of(coxph(adjusted, d, weights = w, robust = TRUE, control = strict)))
}
curves <- function(d, w, times) {
  d$w <- w
  lapply(list(control = 0, treated = 1), function(arm) {
    part <- d[d$treat == arm, ]
    s <- summary(survfit(Surv(time, event) ~ 1, part, weights = w, robust = TRUE), times = times)
    list(survival = s$surv, se = s$std.err)
  })
}
# As many pairs as possible first, hence the price of a pair beyond the caliper.
optimal <- function(treat, score, width) {
  distance <- abs(outer(score[treat == 1], score[treat == 0], "-"))
  price <- 10 * sum(treat) * max(distance)
  chosen <- clue::solve_LSAP(ifelse(distance <= width, distance, price))
  found <- distance[cbind(seq_along(chosen), chosen)]
  list(width = if (is.finite(width)) width else NULL, pairs = sum(found <= width),
       total = sum(found[found <= width]))
}
score_model <- function(d, covariates)
  glm(reformulate(covariates, "treat"), binomial, d, control = list(epsilon = 1e-15, maxit = 50))
draw <- function(n) { i <- seq(0, n - 1); (7 * i^2 + 3 * i) %% n + 1 }
resampled <- function(d, covariates) {
  sample <- d[draw(nrow(d)), ]
  sets <- weight_sets(sample$treat, fitted(score_model(sample, covariates)))
  both <- cbind(which(d$treat == 1), which(d$treat == 0)[seq_len(sum(d$treat == 1))])
  paired <- d[t(both[draw(nrow(both)), ]), ]
  c(lapply(sets, function(w) lapply(effects(sample, covariates, w)[c("effect", "adjusted")], `[[`, "log_hr")),
    list(pairs = unname(coef(coxph(Surv(time, event) ~ treat, paired, control = strict)))))
}
# Pseudo-values by leaving out one patient at a time, then the augmented mean of each arm.
pseudo <- function(part, statistic) {
  n <- nrow(part)
  n * statistic(part) - (n - 1) * sapply(seq_len(n), function(i) statistic(part[-i, ]))
}
augmented <- function(d, covariates, score, tau) {
  curve <- function(part) survfit(Surv(time, event) ~ 1, part)
  measures <- list(
    survival = function(part) summary(curve(part), times = tau, extend = TRUE)$surv,
    rmst = function(part) unname(summary(curve(part), rmean = tau)$table["rmean"]))
  lapply(measures, function(statistic) {
    terms <- sapply(0:1, function(arm) {
      inside <- d$treat == arm
      y <- pseudo(d[inside, ], statistic)
      m <- predict(lm(y ~ ., cbind(y = y, d[inside, covariates])), d)
      m[inside] <- m[inside] + (y - m[inside]) / ifelse(d$treat == 1, score, 1 - score)[inside]
      m
    })
    gap <- terms[, 2] - terms[, 1]
    list(control = mean(terms[, 1]), treated = mean(terms[, 2]), difference = mean(gap),
         se = sd(gap) / sqrt(length(gap)))
  })
}
reference <- function(d, times) {
  covariates <- setdiff(names(d), c("treat", "time", "event"))
  model <- score_model(d, covariates)
  score <- fitted(model)
  sets <- weight_sets(d$treat, score)
  list(coef = as.list(coef(model)), weights = lapply(sets, function(w) effects(d, covariates, w)), times = times,
       resampled = resampled(d, covariates), augmented = augmented(d, covariates, score, times[2]),
       curves = lapply(sets[c("ate", "overlap")], function(w) curves(d, w, times)),
       optimal = lapply(c(0.02, 0.1, Inf), function(caliper) optimal(d$treat, score, caliper * sd(score))))
}
detectable <- lapply(list(c(140, 1), c(83, 0.5), c(300, 3)), function(case) list(
  events = case[1], treated_to_control = case[2],
  hr = epi.sscomps(treat = NA, control = NA, n = case[1], power = 0.8, r = case[2], conf.level = 0.95)$hazard,
  hr_90 = epi.sscomps(treat = NA, control = NA, n = case[1], power = 0.9, r = case[2], conf.level = 0.99)$hazard))

versions <- sapply(c("survival", "clue", "epiR"), function(p) as.character(packageVersion(p)))
json <- toJSON(list(
  made_with = as.list(c(R = paste(R.version$major, R.version$minor, sep = "."), versions)),
  gbsg2 = reference(gbsg, c(365, 1000, 1826)), rossi = reference(rossi, c(10, 26, 52)),
  detectable = detectable), digits = NA, auto_unbox = TRUE, null = "null")
cat(gsub('([{,])"', '\\1\n"', json), "\n", sep = "")
