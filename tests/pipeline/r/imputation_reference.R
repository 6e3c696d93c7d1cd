# Makes imputation_reference.json: pooled estimates, Nelson-Aalen hazards and the models behind draws, as mice has them.
# Usage: Rscript imputation_reference.R <folder with lifelines' gbsg2.csv, rossi.csv and waltons_dataset.csv>
#   > imputation_reference.json
# Needs (Debian: r-cran-*) survival, mice, nnet, jsonlite.
suppressPackageStartupMessages({library(survival); library(mice); library(nnet); library(jsonlite)})

folder <- commandArgs(trailingOnly = TRUE)[1]
gbsg <- read.csv(file.path(folder, "gbsg2.csv"))
rossi <- read.csv(file.path(folder, "rossi.csv"))
waltons <- read.csv(file.path(folder, "waltons_dataset.csv"))

pooled <- function(fits) {
  found <- pool(fits)$pooled
  shown <- summary(pool(fits), conf.int = TRUE)
  lapply(seq_len(nrow(found)), function(k) {
    inputs <- sapply(fits$analyses, function(fit) c(coef(fit)[k], diag(vcov(fit))[k]))
    c(list(estimates = unname(inputs[1, ]), variances = unname(inputs[2, ])),
      as.list(found[k, c("estimate", "ubar", "b", "t", "dfcom", "df", "riv", "fmi")]),
      list(se = shown$std.error[k], statistic = shown$statistic[k], p = shown$p.value[k],
           lower = shown[k, "2.5 %"], upper = shown[k, "97.5 %"]))
  })
}
holes <- gbsg[c("time", "cens", "horTh", "age", "tsize", "progrec", "tgrade")]
holes$horTh <- factor(holes$horTh)
holes$tgrade <- factor(holes$tgrade)
holes$hazard <- nelsonaalen(holes, time, cens)
set.seed(7)
for (name in c("tsize", "progrec", "tgrade"))
  holes[[name]][runif(nrow(holes)) < plogis(-1.5 + 0.02 * (holes$age - 53) + holes$cens)] <- NA
where <- c("horTh", "age", "tsize", "progrec", "tgrade", "cens", "hazard")
predictors <- make.predictorMatrix(holes)
predictors[, "time"] <- 0
sets <- mice(holes, m = 20, maxit = 5, predictorMatrix = predictors, seed = 11, printFlag = FALSE)
survived <- with(sets, coxph(Surv(time, cens) ~ horTh + tsize + log1p(progrec)))
small <- with(mice(nhanes, m = 5, seed = 3, printFlag = FALSE), lm(chl ~ bmi + age))

hazard_of <- function(time, event) {
  curve <- survfit(Surv(time, event) ~ 1, ctype = 1)
  list(time = curve$time, hazard = curve$cumhaz)
}
logistic <- function(x, y) {
  more <- mice:::augment(y, rep(c(TRUE, FALSE), c(length(y) - 2, 2)), x, rep(c(FALSE, TRUE), c(length(y) - 2, 2)))
  kept <- more$ry
  fit <- suppressWarnings(glm.fit(cbind(1, as.matrix(more$x))[kept, ], more$y[kept], weights = more$w[kept],
    family = quasibinomial(), control = list(epsilon = 1e-15, maxit = 200)))
  list(coef = unname(coef(fit)), variance = unname(diag(summary.glm(fit)$cov.unscaled)))
}
multinomial <- function(x, y) {
  more <- mice:::augment(y, rep(c(TRUE, FALSE), c(length(y) - 2, 2)), x, rep(c(FALSE, TRUE), c(length(y) - 2, 2)))
  kept <- more$ry
  data <- data.frame(y = factor(more$y[kept]), more$x[kept, ])
  fit <- multinom(y ~ ., data, weights = more$w[kept], maxit = 10000, reltol = 1e-16, abstol = 0, trace = FALSE)
  list(coef = unname(coef(fit)), variance = matrix(diag(vcov(fit)), nrow(coef(fit)), byrow = TRUE))
}
scaled <- function(x) as.data.frame(scale(x))
numbers <- scaled(gbsg[c("age", "tsize", "progrec")])
linear <- mice:::estimice(cbind(1, as.matrix(numbers)), gbsg$estrec, ridge = 1e-5)
pair <- scaled(rossi[c("fin", "age", "mar", "prio")])
separated <- data.frame(pair, rare = as.numeric(rossi$wexp == 1 & rossi$age > 30))
result <- list(
  pool = list(gbsg_cox = pooled(survived), nhanes_lm = pooled(small)),
  nelson_aalen = list(waltons = hazard_of(waltons$T, waltons$E), rossi = hazard_of(rossi$week, rossi$arrest)),
  linear = list(coef = unname(linear$c[, 1]), variance = unname(diag(linear$v)), rss = sum(linear$r^2)),
  logistic = list(rossi = logistic(pair, rossi$wexp), separated = logistic(scaled(separated), rossi$wexp)),
  multinomial = multinomial(numbers, as.integer(factor(gbsg$tgrade)))
)
write_json(result, stdout(), digits = 15, auto_unbox = TRUE, pretty = TRUE)
