# The methods of methods.py as R has them, on the columns of the folder that is named.

suppressPackageStartupMessages(library(survival))
source(file.path(sub("^--file=", "", dirname(grep("^--file=", commandArgs(FALSE), value = TRUE))), "columns.R"))

rows <- read_columns(commandArgs(TRUE)[1])
covariates <- grep("^x[0-9]+$", names(rows), value = TRUE)
model <- reformulate(covariates, "Surv(time, event)")
score <- reformulate(covariates, "arm")

serve(list(
  cox = function() coxph(model, rows)$loglik[2],
  curves = function() sum(survfit(Surv(time, event) ~ arm, rows)$surv),
  logrank = function() survdiff(Surv(time, event) ~ arm, rows)$chisq,
  score = function() -glm(score, binomial, rows)$deviance / 2
))
