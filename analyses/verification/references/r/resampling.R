# Each row of draws.csv is one replicate.
rows_drawn <- function(name)
  lapply(strsplit(draws$units[draws$data == name], " "), function(units) as.integer(units) + 1)
log_hr <- function(data, w = NULL) {
  data$w <- if (is.null(w)) 1 else w
  unname(coef(coxph(Surv(time, event) ~ treat, data, weights = w, control = strict))["treat"])
}
rescored <- function(data, covariates) transform(data, score = fitted(score_model(data, covariates)))
bootstrap <- function(name, estimate) {
  data <- get(name)
  found <- sapply(rows_drawn(name), function(rows) estimate(rescored(data[rows, ], SCORE[[name]])))
  limits <- quantile(found, c(0.025, 0.5, 0.975), names = FALSE)
  c("first replicate" = unname(found[1]), SE = sd(found), median = limits[2], "2.5%" = limits[1], "97.5%" = limits[3])
}
rematched <- function(data) {
  rownames(data) <- NULL
  pairs <- nearest(data, M = 1, replace = FALSE, caliper = 0.2)
  log_hr(rbind(pairs$treated, pairs$control))
}
paired <- function(name) {
  data <- get(name)
  one <- which(data$treat == 1); two <- which(data$treat == 0)
  both <- cbind(one, two)[seq_len(min(length(one), length(two))), ]
  found <- sapply(rows_drawn(paste(name, "pairs")), function(rows) log_hr(data[t(both[rows, ]), ]))
  c("first replicate" = unname(found[1]), SE = sd(found))
}
both <- list(
  weighted_ate = function(data) log_hr(data, ate(data)),
  weighted_overlap = function(data) log_hr(data, overlap(data)),
  rematched = rematched)
for (name in c("leukemia", "gbsg2")) {
  against("bootstrap_chunk", name, bquote(bootstrap(.(name), both$weighted_ate)), identity, "ate")
  against("weighted_log_hr", name, bquote(bootstrap(.(name), both$weighted_overlap)), identity, "overlap")
  against("rematched_log_hr", name, bquote(bootstrap(.(name), both$rematched)), identity)
  against("matched_pairs", name, bquote(paired(.(name))), identity)
}
selected_shares <- function(name, names) {
  data <- get(name)
  chosen <- lapply(rows_drawn(name), function(rows)
    names(coef(step(model(data[rows, ], names, control = strict), direction = "both", trace = 0))))
  sapply(setNames(names, paste("share", names)), function(one) mean(sapply(chosen, function(found) one %in% found)))
}
against("selected_variables", "leukemia",
        quote(selected_shares("leukemia", c("Rx", "sex", "logWBC"))), identity, "aic")
against("selected_variables", "gbsg2",
        quote(selected_shares("gbsg2", c("treat", "age", "post", "tsize", "pnodes", "progrec"))), identity, "aic")
