# Makes survival_reference.json: curves, log-rank tests, Cox models, PH tests, selection and Table 1 tests on two open
# data sets, rossi (weeks, so that nearly all times are tied) and stanford (late entry, patients in several rows), and
# gbsg2 (days).
# Usage: Rscript survival_reference.R <folder with lifelines' gbsg2.csv, rossi.csv and stanford_heart.csv>
#   > survival_reference.json
# Needs (Debian: r-cran-*) survival, jsonlite.
suppressPackageStartupMessages({library(survival); library(jsonlite)})

folder <- commandArgs(trailingOnly = TRUE)[1]
rossi <- read.csv(file.path(folder, "rossi.csv"))
gbsg <- read.csv(file.path(folder, "gbsg2.csv"))
stanford <- read.csv(file.path(folder, "stanford_heart.csv"))
rossi$w <- 1 + rossi$age %% 3
gbsg$w <- 1 + gbsg$age %% 3
gbsg$entry <- gbsg$age %% 7 * 10
gbsg <- gbsg[gbsg$time > gbsg$entry, ]

curve_of <- function(fit, times) {
  at <- summary(fit, times = times, extend = TRUE)
  middle <- quantile(fit, 0.25)
  list(times = times, survival = at$surv, se = at$std.err, lower = at$lower, upper = at$upper, at_risk = at$n.risk,
       quartile = unname(c(middle$quantile, middle$lower, middle$upper)))
}
kinds <- c("log", "log-log", "plain")
curves <- list(
  rossi = lapply(setNames(kinds, kinds), function(kind) curve_of(
    survfit(Surv(week, arrest) ~ 1, rossi, conf.type = kind), c(5, 12, 26, 52))),
  gbsg2 = lapply(setNames(kinds, kinds), function(kind) curve_of(
    survfit(Surv(time, cens) ~ 1, gbsg, conf.type = kind), c(180, 365, 730, 1800))),
  rossi_frequency = curve_of(survfit(Surv(week, arrest) ~ 1, rossi, weights = w, robust = FALSE), c(5, 12, 26, 52)),
  gbsg2_frequency = curve_of(survfit(Surv(time, cens) ~ 1, gbsg, weights = w, robust = FALSE), c(180, 365, 1800)),
  rossi_sampling = curve_of(survfit(Surv(week, arrest) ~ 1, rossi, weights = w / 7, robust = TRUE), c(5, 12, 26, 52)),
  gbsg2_entry = curve_of(survfit(Surv(entry, time, cens) ~ 1, gbsg), c(80, 365, 730, 1800)),
  # Between two times of the curve R counts those at risk at the later one, so none is asked for there.
  stanford_entry = curve_of(survfit(Surv(start, stop, event) ~ 1, stanford[stanford$transplant == 1, ]), c(39, 100, 733))
)
reverse <- function(fit) unname(summary(fit)$table[c("median", "0.95LCL", "0.95UCL")])
follow_up <- list(rossi = reverse(survfit(Surv(week, 1 - arrest) ~ 1, rossi)),
                  gbsg2 = reverse(survfit(Surv(time, 1 - cens) ~ 1, gbsg)))
restricted <- function(formula, data, tau) {
  found <- summary(survfit(formula, data), rmean = tau)$table
  list(tau = tau, mean = unname(found[, "rmean"]), se = unname(found[, "se(rmean)"]))
}
means <- list(rossi = restricted(Surv(week, arrest) ~ fin, rossi, 40),
              gbsg2 = restricted(Surv(time, cens) ~ horTh, gbsg, 1500))
rates <- function(formula, data, times) {
  at <- summary(survfit(formula, data), times = times)
  first <- as.integer(at$strata) == 1
  list(times = times, difference = at$surv[first] - at$surv[!first],
       se = sqrt(at$std.err[first]^2 + at$std.err[!first]^2))
}
differences <- list(rossi = rates(Surv(week, arrest) ~ fin, rossi, c(12, 26, 50)),
                    gbsg2 = rates(Surv(time, cens) ~ horTh, gbsg, c(365, 730, 1095)))
tested <- function(formula, data, rho) {
  found <- survdiff(formula, data, rho = rho)
  observed <- if (is.matrix(found$obs)) rowSums(found$obs) else found$obs
  expected <- if (is.matrix(found$exp)) rowSums(found$exp) else found$exp
  list(rho = rho, statistic = found$chisq, observed = observed, expected = expected)
}
logrank <- list(rossi = list(), gbsg2 = list())
for (rho in c(0, 0.5, 1)) {
  logrank$rossi[[length(logrank$rossi) + 1]] <- tested(Surv(week, arrest) ~ mar + strata(wexp), rossi, rho)
  logrank$gbsg2[[length(logrank$gbsg2) + 1]] <- tested(Surv(time, cens) ~ tgrade + strata(menostat), gbsg, rho)
}

strict <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 60)
fitted_of <- function(fit) {
  found <- summary(fit)
  robust <- !is.null(fit$naive.var)
  list(coef = unname(coef(fit)), se = unname(sqrt(diag(if (robust) fit$naive.var else fit$var))),
       robust_se = if (robust) unname(sqrt(diag(fit$var))) else NULL, loglik = fit$loglik,
       lrt = unname(found$logtest["test"]), wald = fit$wald.test, score = fit$score,
       concordance = unname(found$concordance))
}
zph <- function(fit) lapply(setNames(nm = c("km", "rank", "identity", "log")), function(transform) {
  table <- cox.zph(fit, transform = transform, global = TRUE, terms = TRUE)$table
  list(statistic = unname(table[, "chisq"]), df = unname(table[, "df"]), p = unname(table[, "p"]))
})
models <- list()
tests <- list()
for (ties in c("efron", "breslow")) {
  simple <- coxph(Surv(week, arrest) ~ fin + age + prio, rossi, ties = ties, control = strict)
  late <- coxph(Surv(start, stop, event) ~ age + year + surgery + transplant, stanford, ties = ties, control = strict)
  models[[ties]] <- list(
    rossi = fitted_of(coxph(Surv(week, arrest) ~ fin + age + prio + strata(wexp), rossi, weights = w, ties = ties,
      robust = FALSE, control = strict)),
    rossi_cluster = fitted_of(coxph(Surv(week, arrest) ~ fin + age + prio + strata(mar), rossi, weights = w,
      cluster = age, ties = ties, control = strict)),
    stanford = fitted_of(late),
    stanford_cluster = fitted_of(coxph(Surv(start, stop, event) ~ age + year + surgery + transplant, stanford,
      cluster = id, ties = ties, control = strict)),
    gbsg2 = fitted_of(coxph(Surv(entry, time, cens) ~ age + tsize + pnodes + strata(tgrade), gbsg, weights = w,
      cluster = age, ties = ties, control = strict))
  )
  tests[[ties]] <- list(rossi = zph(simple), stanford = zph(late), gbsg2 = zph(coxph(
    Surv(time, cens) ~ horTh + tgrade + pnodes + strata(menostat), gbsg, ties = ties, control = strict)))
}

steps <- function(full) {
  chosen <- step(full, trace = 0)
  list(dropped = sub("- ", "", chosen$anova$Step[-1]), aic = chosen$anova$AIC)
}
selection <- list(
  rossi = steps(coxph(Surv(week, arrest) ~ fin + age + race + wexp + mar + paro + prio, rossi, control = strict)),
  gbsg2 = steps(coxph(Surv(time, cens) ~ horTh + age + menostat + tsize + tgrade + pnodes + progrec + estrec, gbsg,
    control = strict))
)

two <- function(values, group) list(
  t = t.test(values ~ group)$p.value, `t-equal` = t.test(values ~ group, var.equal = TRUE)$p.value,
  wilcoxon = suppressWarnings(wilcox.test(values ~ group))$p.value)
many <- function(values, group) list(
  t = oneway.test(values ~ group)$p.value, `t-equal` = oneway.test(values ~ group, var.equal = TRUE)$p.value,
  wilcoxon = kruskal.test(values, factor(group))$p.value)
counted <- function(table) list(
  counts = unname(as.matrix(unclass(table))), fisher = fisher.test(table, workspace = 2e7)$p.value,
  pearson = suppressWarnings(chisq.test(table, correct = FALSE))$p.value,
  yates = suppressWarnings(chisq.test(table))$p.value)
few <- gbsg[1:40, ]
describe <- list(
  numeric = list(rossi = two(rossi$prio, rossi$wexp), gbsg2 = two(gbsg$tsize, gbsg$horTh),
                 short = two(c(3.1, 4.7, 5.2, 0.4, 2.2), c(0, 0, 1, 1, 1)),
                 rossi_many = many(rossi$prio, pmin(rossi$age %/% 8, 4)),
                 gbsg2_many = many(gbsg$pnodes, gbsg$tgrade)),
  counts = list(counted(table(rossi$mar, rossi$paro)), counted(table(few$tgrade, few$menostat)),
                counted(table(few$tgrade, pmin(few$pnodes, 4))), counted(table(rossi$fin, rossi$mar)),
                counted(table(gbsg$tgrade, gbsg$horTh)))
)
result <- list(curves = curves, follow_up = follow_up, means = means, differences = differences, logrank = logrank,
  models = models, tests = tests, selection = selection, describe = describe)
write_json(result, stdout(), digits = 15, auto_unbox = TRUE, null = "null", na = "null", pretty = TRUE)
