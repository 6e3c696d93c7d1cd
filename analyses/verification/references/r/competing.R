incidence <- function(group, cause, times) function(found) {
  at <- timepoints(found, times)
  name <- paste(group, cause)
  c(setNames(at$est[name, ], paste0("F(", times, ")")), setNames(sqrt(at$var[name, ]), paste0("SE(", times, ")")))
}
gray <- function(cause) function(found) c("chi-square" = found$Tests[cause, "stat"], p = found$Tests[cause, "pv"])
design <- list(waiting = as.matrix(waiting[c("age", "year", "surgery")]),
               senators = as.matrix(senators[c("liberal", "quebec", "ontario")]))
subdistribution <- function(fit) {
  name <- names(fit$coef)
  c(setNames(fit$coef, paste("log HR", name)), setNames(sqrt(diag(fit$var)), paste("SE", name)), "log-likelihood" = fit$loglik)
}
against("cumulative_incidence", "waiting",
        quote(with(waiting, cuminc(time, event, arm))), incidence("old", 1, c(5, 20, 51)))
against("cumulative_incidence", "senators",
        quote(with(senators, cuminc(time, event, party))), incidence("liberal", 1, c(5, 10, 20)))
against("gray_test", "waiting", quote(with(waiting, cuminc(time, event, arm))), gray("1"))
against("gray_test", "senators", quote(with(senators, cuminc(time, event, party))), gray("1"))
against("gray_test", "senators",
        quote(with(senators, cuminc(time, event, party, strata = quebec, rho = 1))), gray("2"), "stratified, rho 1")
against("fine_gray", "waiting",
        quote(with(waiting, crr(time, event, design$waiting, failcode = 1, gtol = 1e-14, maxiter = 60))),
        subdistribution)
against("fine_gray", "senators",
        quote(with(senators, crr(time, event, design$senators, failcode = 1, gtol = 1e-14, maxiter = 60))),
        subdistribution)
against("cause_specific", "waiting",
        quote(coxph(Surv(time, event == 1) ~ age + year + surgery, waiting, control = strict)), terms)
against("cause_specific", "senators",
        quote(coxph(Surv(time, event == 1) ~ liberal + quebec + ontario, senators, control = strict)), terms)
