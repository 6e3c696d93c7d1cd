candidates <- c("fin", "age", "race", "wexp", "mar", "paro", "prio")
# The data stand in the call itself, where drop1 and step look for them.
model <- function(data, names, ...)
  do.call(coxph, list(reformulate(if (length(names)) names else "1", "Surv(time, event)"), data = data, ...))
entry_score <- function(data, inside, name) {
  start <- if (length(inside)) coef(model(data, inside, control = strict)) else NULL
  model(data, c(inside, name), init = c(start, 0), control = coxph.control(iter.max = 0))$score
}
stepwise <- function(data, names, enter, remove) {
  inside <- character(); found <- c()
  repeat {
    scores <- sapply(setdiff(names, inside), function(name) entry_score(data, inside, name))
    if (max(scores) <= qchisq(enter, 1, lower.tail = FALSE)) break
    inside <- c(inside, names(which.max(scores)))
    found <- c(found, setNames(max(scores), paste("enter", names(which.max(scores)))))
    left <- drop1(model(data, inside, control = strict), test = "Chisq")
    if (max(left[["Pr(>Chi)"]], na.rm = TRUE) > remove) stop("a step removes; write it down")
  }
  c(found, "log-likelihood" = model(data, inside, control = strict)$loglik[2], selected = length(inside))
}
by_aic <- function(found) c(AIC = AIC(found), "log-likelihood" = found$loglik[2], selected = length(coef(found)))
against("select", "rossi", quote(stepwise(rossi, candidates, enter = 0.1, remove = 0.15)), identity, "forward-lr")
against("select", "rossi",
        quote(step(model(rossi, candidates, control = strict), direction = "both", trace = 0)), by_aic, "aic")
against("select", "gbsg2",
        quote(step(model(gbsg2, SCORE$gbsg2, control = strict), direction = "both", trace = 0)), by_aic, "aic")
backward <- function(data, names, remove, test) repeat {
  fit <- model(data, names, control = strict)
  p <- if (test == "Wald") summary(fit)$coefficients[, "Pr(>|z|)"] else drop1(fit, test = "Chisq")[["Pr(>Chi)"]][-1]
  names(p) <- names
  if (max(p) <= remove) return(c("log-likelihood" = fit$loglik[2], selected = length(names)))
  names <- setdiff(names, names(which.max(p)))
}
against("select", "gbsg2", quote(backward(gbsg2, SCORE$gbsg2, remove = 0.05, test = "LR")), identity, "backward-lr")
against("select", "rossi",
        quote(backward(rossi, candidates, remove = 0.10, test = "Wald")), identity, "backward-wald")
