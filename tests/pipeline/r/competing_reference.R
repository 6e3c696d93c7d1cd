# Makes competing_reference.json: cumulative incidences, Gray's tests, Fine-Gray and cause-specific Cox models.
# Usage: Rscript competing_reference.R <lifelines' stanford_heart.csv> > competing_reference.json
# Needs (Debian: r-cran-*) survival, cmprsk, jsonlite.
suppressPackageStartupMessages({library(survival); library(cmprsk); library(jsonlite)})

# Made to be tied: 84 patients seen once a month, three causes, censoring in the same months.
set.seed(3107)
n <- 84
monthly <- data.frame(arm = sample(c("a", "b", "c"), n, TRUE, c(.4, .35, .25)), centre = sample(1:2, n, TRUE),
                      age = sample(40:75, n, TRUE))
rate <- with(monthly, cbind(.05 * exp(.03 * (age - 60) + .5 * (arm == "b")), .05 * exp(-.4 * (arm == "c")), .03))
latent <- matrix(rexp(3 * n), n) / rate
censoring <- runif(n, 2, 25)
monthly$time <- pmax(1, ceiling(pmin(apply(latent, 1, min), censoring)))
monthly$event <- ifelse(apply(latent, 1, min) > censoring, 0, max.col(-latent))

survived <- with(mgus2, data.frame(
  time = ifelse(pstat == 1, ptime, futime), event = ifelse(pstat == 1, 1, 2 * death), arm = as.character(sex),
  centre = as.integer(dxyr >= 1980), age, male = as.integer(sex == "M")))

# Waiting for a heart: transplanted (1), died before (2), still waiting (0); one row per patient, its first.
heart <- read.csv(commandArgs(trailingOnly = TRUE)[1], colClasses = c(transplant = "character"))
first <- heart[!duplicated(heart$id), ]
heart <- with(first, data.frame(
  time = stop, event = ifelse(id %in% heart$id[heart$transplant == "1"], 1, 2 * event),
  arm = as.character(cut(age, c(-Inf, -5, 3, Inf), c("young", "middle", "old"))), centre = surgery,
  age, year, surgery))

curves <- function(d, times) {
  found <- with(d, cuminc(time, event, arm))
  at <- timepoints(found, times)
  lapply(setNames(nm = rownames(at$est)), function(name) {
    est <- unname(at$est[name, ])
    se <- sqrt(unname(at$var[name, ]))
    c(list(estimate = est, se = se),
      survival:::survfit_confint(est, se, logse = FALSE, conf.type = "log-log", conf.int = 0.95))
  })
}
tests <- function(d) {
  line <- function(...) {
    found <- with(d, cuminc(time, event, arm, ...))$Tests
    lapply(setNames(nm = rownames(found)), function(cause) as.list(found[cause, ]))
  }
  list(plain = line(), early = line(rho = 1), root = line(rho = 0.5), stratified = line(strata = d$centre))
}
subdistribution <- function(d, design, cause) {
  fit <- crr(d$time, d$event, design, failcode = cause, gtol = 1e-14, maxiter = 50)
  list(coef = unname(fit$coef), covariance = unname(fit$var), loglik = c(fit$loglik.null, fit$loglik))
}
cause_specific <- function(d, design, cause) {
  strict <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 50)
  fit <- coxph(Surv(d$time, d$event == cause) ~ design, control = strict)
  list(coef = unname(coef(fit)), covariance = unname(vcov(fit)), loglik = fit$loglik)
}
reference <- function(d, design, times) {
  causes <- setdiff(sort(unique(d$event)), 0)
  each <- function(model) lapply(setNames(causes, causes), function(cause) model(d, as.matrix(design), cause))
  list(times = times, curves = curves(d, times), tests = tests(d), fine_gray = each(subdistribution),
       cause_specific = each(cause_specific))
}

design <- with(monthly, cbind(b = arm == "b", c = arm == "c", age)) * 1
cat(toJSON(list(
  monthly = c(list(data = as.list(monthly)), reference(monthly, design, c(3, 6, 9.5, 12, 18))),
  mgus2 = reference(survived, survived[c("age", "male")], c(12, 60, 120, 240)),
  heart = reference(heart, heart[c("age", "year", "surgery")], c(5, 20, 51, 100.5))
), digits = NA, auto_unbox = TRUE, na = "null"), "\n")
