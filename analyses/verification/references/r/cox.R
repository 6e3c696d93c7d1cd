terms <- function(fit) {
  names <- names(coef(fit)); s <- summary(fit)$coefficients
  se <- if ("robust se" %in% colnames(s)) s[, "robust se"] else s[, "se(coef)"]
  c(setNames(coef(fit), paste("log HR", names)), setNames(se, paste("SE", names)))
}
cox <- function(fit) {
  c(terms(fit), "log-likelihood" = fit$loglik[2], "likelihood ratio" = 2 * diff(fit$loglik), Wald = unname(fit$wald.test),
    score = fit$score, C = unname(fit$concordance["concordance"]), "SE of C" = unname(fit$concordance["std"]))
}
against("fit_cox", "rossi",
        quote(coxph(Surv(week, arrest) ~ fin + age + race + wexp + mar + paro + prio, rossi, control = strict)), cox)
against("fit_cox", "leukemia",
        quote(coxph(Surv(t, status) ~ Rx + logWBC, leukemia, ties = "breslow", control = strict)), cox, "Breslow")
against("fit_cox", "leukemia",
        quote(coxph(Surv(t, status) ~ Rx, leukemia, ties = "breslow", control = strict)),
        cox, "Breslow, treatment alone")
against("fit_cox", "larynx",
        quote(coxph(Surv(time, death) ~ Stage_II + Stage_III + Stage_IV + age, larynx, ties = "breslow", control = strict)),
        cox, "Breslow")
against("fit_cox", "gbsg2",
        quote(coxph(Surv(time, cens) ~ treat + post + log1p(pnodes) + grade2 + grade3, gbsg2, control = strict)),
        function(fit) setNames(cox(fit), sub("log1p(pnodes)", "log(1 + pnodes)", names(cox(fit)), fixed = TRUE)))
against("fit_cox", "dd", quote(coxph(Surv(duration, observed) ~ regime, dd, control = strict)),
        function(fit) setNames(terms(fit), sub("regime", "", names(terms(fit)))))
against("fit_cox", "heart",
        quote(coxph(Surv(start, stop, event) ~ age + year + surgery + transplant, heart, control = strict)),
        cox, "delayed entry")
against("fit_cox", "lung",
        quote(coxph(Surv(time, status) ~ age + sex, lung, subset = !is.na(inst), cluster = inst, control = strict)),
        terms, "clusters")
against("fit_cox", "rossi",
        quote(coxph(Surv(week, arrest) ~ fin + age + prio + strata(race, mar), rossi, control = strict)),
        terms, "strata")
against("fit_cox", "rossi",
        quote(coxph(Surv(week, arrest) ~ fin, rossi, weights = ate(rossi), robust = TRUE, control = strict)),
        terms, "weights")
against("fit_cox", "RADCURE", quote(coxph(Surv(time, event) ~ chemo + age + male, radcure, control = strict)), cox)
against("fit_cox", "kidney",
        quote(coxph(Surv(time, death) ~ age + black_male + white_male + black_female, kidney, control = strict)), terms)

zph <- function(found) {
  name <- sub("log1p(pnodes)", "log(1 + pnodes)", rownames(found$table), fixed = TRUE)
  c(setNames(found$table[, "chisq"], paste("chi-square", name)), setNames(found$table[, "p"], paste("p", name)))
}
against("ph_test", "rossi",
        quote(cox.zph(coxph(Surv(week, arrest) ~ fin + age + prio, rossi, control = strict))), zph)
against("ph_test", "lung",
        quote(cox.zph(coxph(Surv(time, status) ~ age + sex, lung, control = strict), transform = "rank")), zph, "rank")
against("ph_test", "gbsg2",
        quote(cox.zph(coxph(Surv(time, cens) ~ treat + log1p(pnodes), gbsg2, control = strict), transform = "identity")),
        zph, "identity")

# Firth's likelihood from coxph's own likelihood and information at any coefficients; optim climbs it.
penalised <- function(formula, data, ties) {
  x <- model.matrix(formula, data)[, -1, drop = FALSE]
  units <- sqrt(apply(x, 2, var))
  data$x <- sweep(x, 2, units, "/")
  at <- function(b) {
    still <- coxph.control(iter.max = 0)
    fit <- eval(bquote(coxph(.(formula[[2]]) ~ x, data, init = b, ties = ties, control = still)))
    list(height = fit$loglik[2] - 0.5 * as.numeric(determinant(fit$var)$modulus), var = fit$var)
  }
  climb <- function(free, start) {
    if (!any(free)) return(list(par = start, height = at(start)$height))
    height <- function(b) tryCatch(at(replace(start, free, b))$height, error = function(e) -1e6)
    best <- start[free]
    for (round in 1:4) best <- optim(best, height, method = "BFGS",
      control = list(fnscale = -1, reltol = 1e-16, maxit = 1000, ndeps = rep(1e-4, sum(free))))$par
    list(par = replace(start, free, best), height = height(best))
  }
  p <- ncol(x)
  best <- climb(rep(TRUE, p), rep(0, p))
  se <- sqrt(diag(at(best$par)$var))
  limits <- sapply(seq_len(p), function(j) {
    fall <- function(b) 2 * (best$height - climb(seq_len(p) != j, replace(best$par, j, b))$height)
    sapply(c(-1, 1), function(side) {
      far <- best$par[j] + side * se[j]
      while (fall(far) < qchisq(0.95, 1)) far <- far + side * se[j]
      exp(uniroot(function(b) fall(b) - qchisq(0.95, 1), sort(c(best$par[j], far)), tol = 1e-11)$root / units[j])
    })
  })
  name <- colnames(x)
  list(fit = c(setNames(best$par / units, paste("log HR", name)), setNames(se / units, paste("SE", name))),
       profile = c(setNames(limits[1, ], paste("lower", name)), setNames(limits[2, ], paste("upper", name))))
}
firth <- function(found) c(found$fit, found$profile)
against("profile_terms", "myeloma",
        quote(penalised(Surv(time, died) ~ logbun + hgb + contrived, myeloma, "breslow")), firth, "Breslow")
against("profile_terms", "ovarian", quote(penalised(Surv(futime, fustat) ~ age + late, ovarian, "efron")), firth)
