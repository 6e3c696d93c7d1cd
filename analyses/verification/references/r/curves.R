at <- function(times) function(fit) {
  s <- summary(fit, times = times, extend = TRUE)
  c(setNames(s$surv, paste0("S(", times, ")")), setNames(s$std.err, paste0("SE(", times, ")")),
    setNames(s$lower, paste0("lower(", times, ")")), setNames(s$upper, paste0("upper(", times, ")")),
    setNames(s$n.risk, paste0("at risk(", times, ")")))
}
median_of <- function(fit, names = c("median", "median lower", "median upper")) {
  found <- setNames(summary(fit)$table[c("median", "0.95LCL", "0.95UCL")], names)
  found[!is.na(found)]
}
curve_at <- function(times) function(fit) c(at(times)(fit), median_of(fit))
steps_at <- function(times) function(fit) at(times)(fit)[seq_len(2 * length(times))]
against("kaplan_meier", "leukemia",
        quote(survfit(Surv(t, status) ~ 1, leukemia, subset = Rx == 0)), steps_at(c(6, 7, 10, 13, 16, 22, 23)))
against("kaplan_meier", "aml", quote(survfit(Surv(time, status) ~ 1, aml, subset = x == "Maintained")),
        steps_at(c(9, 13, 18, 23, 31, 34, 48)))
against("kaplan_meier", "iud",
        quote(survfit(Surv(week, stopped) ~ 1, iud)), function(fit) c(steps_at(93)(fit), median_of(fit)[1]))
against("kaplan_meier", "gbsg2",
        quote(survfit(Surv(time, cens) ~ 1, gbsg2, conf.type = "log-log")), curve_at(c(365, 1826)), "log-log")
against("kaplan_meier", "lung",
        quote(survfit(Surv(time, status) ~ 1, lung, conf.type = "plain")), curve_at(c(180, 365)), "plain")
against("kaplan_meier", "dd",
        quote(survfit(Surv(duration, observed) ~ 1, dd, subset = regime == "Monarchy")), curve_at(c(1, 5, 20)))
against("kaplan_meier", "heart",
        quote(survfit(Surv(start, stop, event) ~ 1, heart, subset = transplant == 1)),
        curve_at(c(100, 365)), "delayed entry")
ate <- function(data) ifelse(data$treat == 1, 1 / data$score, 1 / (1 - data$score))
overlap <- function(data) ifelse(data$treat == 1, 1 - data$score, data$score)
against("kaplan_meier", "rossi",
        quote(survfit(Surv(week, arrest) ~ 1, rossi, weights = ate(rossi), subset = fin == 1, robust = TRUE)),
        steps_at(c(26, 52)), "sampling weights")
reverse <- function(fit) median_of(fit, c("median", "lower", "upper"))
against("median_follow_up", "gbsg2", quote(survfit(Surv(time, 1 - cens) ~ 1, gbsg2)), reverse)
against("median_follow_up", "dd", quote(survfit(Surv(duration, 1 - observed) ~ 1, dd)), reverse)
against("median_follow_up", "lung", quote(survfit(Surv(time, 1 - status) ~ 1, lung)), reverse)

logrank <- function(found) {
  observed <- if (is.matrix(found$obs)) rowSums(found$obs) else found$obs
  expected <- if (is.matrix(found$exp)) rowSums(found$exp) else found$exp
  c("chi-square" = found$chisq, p = pchisq(found$chisq, length(found$n) - 1, lower.tail = FALSE),
    "observed, first group" = unname(observed[1]), "expected, first group" = unname(expected[1]))
}
against("logrank", "leukemia", quote(survdiff(Surv(t, status) ~ Rx, leukemia)), logrank)
against("logrank", "aml", quote(survdiff(Surv(time, status) ~ x, aml)), logrank)
against("logrank", "larynx", quote(survdiff(Surv(time, death) ~ stage, larynx)), logrank)
against("logrank", "waltons", quote(survdiff(Surv(T, E) ~ group, waltons)), logrank)
against("logrank", "dd", quote(survdiff(Surv(duration, observed) ~ regime, dd)), logrank)
against("logrank", "dd", quote(survdiff(Surv(duration, observed) ~ regime, dd, rho = 1)), logrank, "rho 1")
against("logrank", "rossi", quote(survdiff(Surv(week, arrest) ~ fin + strata(race), rossi)), logrank, "stratified")
against("logrank", "RADCURE", quote(survdiff(Surv(time, event) ~ chemo, radcure)), logrank)

restricted <- function(fit, tau) {
  found <- summary(fit, rmean = tau)$table
  c(mean = unname(found["rmean"]), SE = unname(found["se(rmean)"]))
}
against("rmst", "gbsg2", quote(restricted(survfit(Surv(time, cens) ~ 1, gbsg2), 1826)), identity)
against("rmst", "rossi", quote(restricted(survfit(Surv(week, arrest) ~ 1, rossi), 52)), identity)
against("rmst", "lung", quote(restricted(survfit(Surv(time, status) ~ 1, lung, subset = sex == 2), 365)), identity)
by_arm <- function(data, arm) survfit(Surv(time, event) ~ 1, data[data$treat == arm, ])
gap <- function(one, two, se_one, se_two) {
  se <- sqrt(se_one^2 + se_two^2)
  c(difference = unname(one - two), SE = unname(se), p = unname(2 * pnorm(-abs(one - two) / se)))
}
restricted_gap <- function(data, tau) {
  found <- sapply(c(1, 0), function(arm) restricted(by_arm(data, arm), tau))
  gap(found["mean", 1], found["mean", 2], found["SE", 1], found["SE", 2])
}
rate_gap <- function(data, time) {
  found <- lapply(c(1, 0), function(arm) summary(by_arm(data, arm), times = time))
  gap(found[[1]]$surv, found[[2]]$surv, found[[1]]$std.err, found[[2]]$std.err)
}
against("rmst_difference", "gbsg2", quote(restricted_gap(gbsg2, 1826)), identity)
against("rmst_difference", "rossi", quote(restricted_gap(rossi, 52)), identity)
against("rate_difference", "gbsg2", quote(rate_gap(gbsg2, 1826)), identity)
against("rate_difference", "rossi", quote(rate_gap(rossi, 52)), identity)
