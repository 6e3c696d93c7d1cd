# Holes by rule, so that everybody makes the same ones.
holes <- function(data, names) {
  for (k in seq_along(names)) data[[names[k]]][(7 * seq_len(nrow(data)) + 3 * k) %% 10 < 3] <- NA
  data
}
with_hazard <- function(data) { data$hazard <- nelsonaalen(data, time, event); data }
outcome <- c("time", "event", "treat")
incomplete <- list(
  gbsg2 = with_hazard(holes(gbsg2[c(outcome, "age", "tsize", "pnodes", "tgrade")], c("tsize", "pnodes", "tgrade"))),
  rossi = with_hazard(holes(rossi[c(outcome, "age", "race", "prio")], c("age", "race", "prio"))))
incomplete$gbsg2$tgrade <- factor(incomplete$gbsg2$tgrade)
incomplete$rossi$race <- factor(incomplete$rossi$race)
completed <- function(data, m, seed) {
  predictors <- make.predictorMatrix(data)
  predictors[, "time"] <- 0
  mice(data, m = m, maxit = 10, predictorMatrix = predictors, seed = seed, printFlag = FALSE)
}
OURS <- 20
many <- list(
  gbsg2 = with(completed(incomplete$gbsg2, 200, 5), coxph(Surv(time, event) ~ treat + tsize + pnodes + tgrade)),
  rossi = with(completed(incomplete$rossi, 200, 5), coxph(Surv(time, event) ~ treat + age + race + prio)))
mean_log_hr <- function(fits) {
  found <- summary(pool(fits))
  setNames(found$estimate, paste("log HR", sub("(tgrade|race)", "\\1 ", found$term)))
}
# Four standard errors of the difference between the means of 200 sets and of OURS.
margin <- function(fits) setNames(4 * sqrt(pool(fits)$pooled$b * (1 / 200 + 1 / OURS)), names(mean_log_hr(fits)))
against("impute", "gbsg2", quote(pool(many$gbsg2)), function(x) mean_log_hr(many$gbsg2), margins = margin(many$gbsg2))
against("impute", "rossi", quote(pool(many$rossi)), function(x) mean_log_hr(many$rossi), margins = margin(many$rossi))
few <- list(
  gbsg2 = with(completed(incomplete$gbsg2, 10, 11), coxph(Surv(time, event) ~ treat + tsize + pnodes + tgrade)),
  rossi = with(completed(incomplete$rossi, 10, 11), coxph(Surv(time, event) ~ treat + age + race + prio)))
digits <- function(x) sprintf("%.15g", x)
written <- function(name) do.call(rbind, lapply(seq_along(few[[name]]$analyses), function(set) {
  fit <- few[[name]]$analyses[[set]]
  data.frame(data = name, set = set, term = names(coef(fit)), estimate = digits(coef(fit)), variance = digits(diag(vcov(fit))))
}))
write.csv(do.call(rbind, lapply(names(few), written)), "../../data/mice_estimates.csv", row.names = FALSE, quote = FALSE)
pooled <- function(term) function(fits) {
  shown <- summary(fits, conf.int = TRUE); inner <- fits$pooled; k <- which(shown$term == term)
  c(estimate = shown$estimate[k], SE = shown$std.error[k], df = shown$df[k],
    lower = shown[["2.5 %"]][k], upper = shown[["97.5 %"]][k],
    p = shown$p.value[k], "missing information" = inner$fmi[k])
}
against("pool", "gbsg2", quote(pool(few$gbsg2)), pooled("tsize"))
against("pool", "rossi", quote(pool(few$rossi)), pooled("prio"))
hazards <- function(times) function(fit) setNames(summary(fit, times = times)$cumhaz, paste0("H(", times, ")"))
against("nelson_aalen", "waltons", quote(survfit(Surv(T, E) ~ 1, waltons)), hazards(c(19, 41, 60)))
against("nelson_aalen", "rossi", quote(survfit(Surv(week, arrest) ~ 1, rossi)), hazards(c(5, 26, 52)))
