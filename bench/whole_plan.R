# What R has for the saved plan, by stages: the cohort, its pairs and the plan's choices are given in the folder that is
# named. Each stage comes to the number that whole_plan.py compares with ours.

suppressPackageStartupMessages(library(survival))
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "columns.R"))

folder <- commandArgs(TRUE)[1]
rows <- read_columns(folder)
source(file.path(folder, "plan.R"))
matched <- rows[rows$pair > 0, ]


test_of <- function(column, treated, yates) {
  counts <- table(addNA(column, ifany = TRUE), treated)
  counts <- counts[rowSums(counts) > 0, , drop = FALSE]
  if (nrow(counts) < 2) return(0)
  expected <- outer(rowSums(counts), colSums(counts)) / sum(counts)
  if (min(expected) < 5) fisher.test(counts, workspace = 2e7)$p.value else chisq.test(counts, correct = yates)$p.value
}

tables <- function() {
  before <- vapply(plan$table1, function(name) test_of(rows[[name]], rows$treated, TRUE), 0)
  after <- vapply(plan$table1, function(name) test_of(matched[[name]], matched$treated, FALSE), 0)
  sum(before, after)
}


score <- function() {
  scored <- rows[rows$scored == 1, ]
  scored[plan$score] <- lapply(scored[plan$score], function(column) droplevels(addNA(column, ifany = TRUE)))
  as.numeric(logLik(glm(reformulate(plan$score, "treated"), binomial, scored)))
}

# Curves, rates, medians, restricted means, follow-up, log-rank, and with two groups the hazard ratio.
compare <- function(time, event, group, pair, tau = "none") {
  curves <- survfit(Surv(time, event) ~ group)
  rates <- summary(curves, times = plan$times, extend = TRUE)
  at_risk <- summary(curves, times = seq(0, max(time), 12), extend = TRUE)
  medians <- summary(curves, rmean = tau)$table
  follow_up <- list(survfit(Surv(time, 1 - event) ~ group), survfit(Surv(time, 1 - event) ~ 1))
  if (length(unique(group)) == 2) {
    fit <- if (all(pair > 0)) coxph(Surv(time, event) ~ group, cluster = pair) else coxph(Surv(time, event) ~ group)
    zph <- cox.zph(fit)
  }
  survdiff(Surv(time, event) ~ group)$chisq
}

survival <- function() {
  total <- 0
  for (endpoint in plan$endpoints) for (data in list(rows, matched)) {
    time <- data[[paste0(endpoint, "_months")]]
    tau <- min(plan$tau, tapply(time, data$treated, max))
    total <- total + compare(time, data[[paste0(endpoint, "_event")]], data$treated, data$pair, tau)
  }
  total
}

combinations <- function() {
  total <- 0
  for (name in plan$combinations) {
    part <- matched[!is.na(matched[[name]]), ]
    total <- total + compare(part$os_months, part$os_event, droplevels(part[[name]]), part$pair)
  }
  total
}

landmarks <- function() {
  total <- 0
  for (months in plan$landmarks) {
    part <- matched[matched$os_months > months, ]
    total <- total + compare(part$os_months - months, part$os_event, part$treated, part$pair)
  }
  total
}


without_rare <- function(column) {
  counts <- table(column)
  factor(column, levels = levels(column)[counts >= plan$rare_below])
}

log_p <- function(statistic, df) pchisq(statistic, df, lower.tail = FALSE, log.p = TRUE)

prognostic_factors <- function() {
  data <- matched
  data[plan$prognostic] <- lapply(data[plan$prognostic], without_rare)
  names <- plan$prognostic[vapply(data[plan$prognostic], nlevels, 0L) > 1]
  smallest <- vapply(c("treated", names), function(name) {
    min(summary(coxph(model_of(name), data))$coefficients[, "Pr(>|z|)"])
  }, 0)
  pool <- setdiff(names(smallest)[smallest < plan$entry_threshold], "treated")
  data <- data[complete.cases(data[c("treated", pool)]), ]
  final <- coxph(model_of(stepwise(pool, data)), data, cluster = pair)
  cox.zph(final)
  final$loglik[2]
}

model_of <- function(names, env = parent.frame()) reformulate(names, "Surv(os_months, os_event)", env = env)

# Forward by score tests, backward by likelihood ratios, the arm forced.
stepwise <- function(pool, data) {
  inside <- "treated"
  seen <- list(inside)
  repeat {
    current <- coxph(model_of(inside), data)
    outside <- setdiff(pool, inside)
    if (!length(outside)) return(inside)
    entry <- vapply(outside, function(name) score_test(inside, name, current, data), 0)
    if (min(entry) >= log(plan$p_in)) return(inside)
    inside <- c(inside, outside[which.min(entry)])
    inside <- backward(inside, data)
    if (any(vapply(seen, setequal, TRUE, inside))) return(inside)
    seen <- c(seen, list(inside))
  }
}

score_test <- function(inside, name, current, data) {
  columns <- nlevels(droplevels(data[[name]])) - 1
  fit <- coxph(model_of(c(inside, name)), data, init = c(coef(current), rep(0, columns)), iter.max = 0)
  if (anyNA(coef(fit))) 0 else log_p(fit$score, columns)
}

backward <- function(inside, data) {
  repeat {
    full <- coxph(model_of(inside), data)
    removable <- setdiff(inside, "treated")
    removal <- vapply(removable, function(name) {
      less <- coxph(model_of(setdiff(inside, name)), data)
      log_p(2 * (full$loglik[2] - less$loglik[2]), length(coef(full)) - length(coef(less)))
    }, 0)
    if (max(removal) <= log(plan$p_out)) return(inside)
    inside <- setdiff(inside, removable[which.max(removal)])
  }
}


subgroups <- function() sum(vapply(plan$subgroups, subgroup, 0))

subgroup <- function(name) {
  usable <- Filter(function(level) enough(matched[which(matched[[name]] == level), ]), levels(matched[[name]]))
  effects <- vapply(usable, function(level) {
    coef(coxph(Surv(os_months, os_event) ~ treated, matched[which(matched[[name]] == level), ]))[["treated"]]
  }, 0)
  if (length(usable) > 1) {
    data <- data.frame(matched[c("os_months", "os_event", "treated")], by = factor(matched[[name]], levels = usable))
    main <- coxph(Surv(os_months, os_event) ~ treated + by, data)
    crossed <- coxph(Surv(os_months, os_event) ~ treated * by, data)
    log_p(2 * (crossed$loglik[2] - main$loglik[2]), length(usable) - 1)
  }
  sum(effects[abs(effects) < 10])  # what lies beyond has no finite estimate
}

enough <- function(part) {
  events <- tapply(part$os_event, factor(part$treated, levels = 0:1), sum)
  !anyNA(events) && all(events > 0) && sum(events) >= plan$min_events
}

serve(list(
  score = score,
  tables = tables,
  survival = survival,
  `prognostic factors` = prognostic_factors,
  combinations = combinations,
  subgroups = subgroups,
  landmarks = landmarks
))
