kish <- function(w) sum(w)^2 / sum(w^2)
sizes <- function(data, w)
  c(largest = max(w), "effective n, treated" = kish(w[data$treat == 1]), "effective n, control" = kish(w[data$treat == 0]))
arm <- function(fit) {
  found <- summary(fit)$coefficients
  c("log HR" = found["treat", "coef"], "robust SE" = found["treat", "robust se"])
}
weighted <- function(data, w, covariates = NULL) {
  data$w <- w
  coxph(reformulate(c("treat", covariates), "Surv(time, event)"), data, weights = w, robust = TRUE, control = strict)
}
for (name in c("gbsg2", "rossi")) {
  data <- get(name)
  against("weights", name, bquote(sizes(.(as.name(name)), ate(.(as.name(name))))), identity, "ate")
  against("weights", name, bquote(sizes(.(as.name(name)), overlap(.(as.name(name))))), identity, "overlap")
  against("weighted_effect", name, bquote(weighted(.(as.name(name)), ate(.(as.name(name))))), arm, "ate")
  against("weighted_effect", name, bquote(weighted(.(as.name(name)), overlap(.(as.name(name))))), arm, "overlap")
  against("weighted_effect", name,
          bquote(weighted(.(as.name(name)), ate(.(as.name(name))), SCORE[[.(name)]])), arm, "ate, adjusted")
}
# Pseudo-values by leaving out one patient at a time, lm in each arm, then the augmented mean of each arm.
augmented <- function(data, covariates, tau, statistic) {
  terms <- sapply(0:1, function(arm) {
    inside <- data$treat == arm; part <- data[inside, ]; n <- nrow(part)
    y <- n * statistic(part, tau) - (n - 1) * sapply(seq_len(n), function(i) statistic(part[-i, ], tau))
    m <- predict(lm(y ~ ., cbind(y = y, part[covariates])), data)
    replace(m, inside, m[inside] + (y - m[inside]) / ifelse(data$treat == 1, data$score, 1 - data$score)[inside])
  })
  each <- terms[, 2] - terms[, 1]
  c(control = mean(terms[, 1]), treated = mean(terms[, 2]), difference = mean(each), SE = sd(each) / sqrt(length(each)))
}
alive <- function(part, tau) summary(survfit(Surv(time, event) ~ 1, part), times = tau, extend = TRUE)$surv
area <- function(part, tau) unname(summary(survfit(Surv(time, event) ~ 1, part), rmean = tau)$table["rmean"])
against("augmented_difference", "gbsg2", quote(augmented(gbsg2, SCORE$gbsg2, 1000, alive)), identity, "survival")
against("augmented_difference", "rossi", quote(augmented(rossi, SCORE$rossi, 52, area)), identity, "rmst")
