# Firth's penalised Cox likelihood by R's own likelihood and information: coxph evaluates l(b) and I(b) at any b, optim
# and uniroot do the rest. Writes firth_reference.json. Needs survival and jsonlite; run in this folder.
# firth_myeloma.csv: Krall, Uthoff and Harley, Biometrics 1975, as printed in SAS/STAT's PHREG examples.
library(survival)
library(jsonlite)

penalised <- function(formula, data, ties) {
  x <- model.matrix(formula, data)[, -1, drop = FALSE]
  units <- sqrt(apply(x, 2, var))
  data$x <- x %*% diag(1 / units, ncol(x))
  response <- formula[[2]]
  at <- function(b) {
    model <- eval(bquote(coxph(.(response) ~ x, data, init = b, ties = ties, control = coxph.control(iter.max = 0))))
    list(loglik = model$loglik[2] + 0.5 * as.numeric(determinant(solve(model$var))$modulus), var = model$var)
  }
  climb <- function(free, start) {
    if (!any(free)) return(list(par = start, value = at(start)$loglik))
    height <- function(b) tryCatch(at(replace(start, free, b))$loglik, error = function(e) -1e6)
    best <- start[free]
    for (round in 1:4) {
      best <- optim(best, height, method = "BFGS", control = list(
        fnscale = -1, reltol = 1e-16, maxit = 1000, ndeps = rep(1e-4, sum(free))
      ))$par
    }
    list(par = replace(start, free, best), value = height(best))
  }
  p <- ncol(x)
  best <- climb(rep(TRUE, p), rep(0, p))
  se <- sqrt(diag(at(best$par)$var))
  shift <- sum(log(units))
  profile <- sapply(1:p, function(j) {
    fall <- function(b) 2 * (best$value - climb(seq_len(p) != j, replace(best$par, j, b))$value)
    limit <- function(side) {
      far <- best$par[j] + side * se[j]
      while (fall(far) < qchisq(0.95, 1)) far <- far + side * se[j]
      uniroot(function(b) fall(b) - qchisq(0.95, 1), sort(c(best$par[j], far)), tol = 1e-10)$root
    }
    c(lower = exp(limit(-1) / units[[j]]), upper = exp(limit(1) / units[[j]]), statistic = fall(0))
  })
  list(
    coef = unname(best$par / units), se = unname(se / units),
    loglik = c(at(rep(0, p))$loglik, best$value) + shift,
    lower = unname(profile["lower", ]), upper = unname(profile["upper", ]), statistic = unname(profile["statistic", ])
  )
}

myeloma <- read.csv("firth_myeloma.csv")
myeloma$contrived <- myeloma$time <= 65
veteran$rare <- as.numeric(veteran$status == 0 & veteran$age > 50)
result <- list()
for (ties in c("breslow", "efron")) {
  result[[ties]] <- list(
    myeloma = penalised(Surv(time, died) ~ logbun + hgb + contrived, myeloma, ties),
    veteran = penalised(Surv(time, status) ~ karno + rare, veteran, ties)
  )
}
write_json(result, "firth_reference.json", digits = 12, auto_unbox = TRUE, pretty = TRUE)
