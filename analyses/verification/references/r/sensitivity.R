# The published conversion of hazard ratios for common events (VanderWeele and Ding 2017, Table 2), evaluated by R.
ratio <- function(hr) (1 - 0.5^sqrt(hr)) / (1 - 0.5^sqrt(1 / hr))
strength <- function(hr) { rr <- ratio(max(hr, 1 / hr)); rr + sqrt(rr * (rr - 1)) }
against("e_value", "study effect",
        quote(c("E-value of the estimate" = strength(0.67), "E-value of the limit" = strength(0.97))),
        identity, "common event")
detectable <- function(found) c("hazard ratio" = min(found$hazard))
against("smallest_detectable_hr", "140 events 1:1",
        quote(epi.sscomps(treat = NA, control = NA, n = 140, power = 0.8, r = 1, sided.test = 2, conf.level = 0.95)),
        detectable)
against("smallest_detectable_hr", "60 events 1:2",
        quote(epi.sscomps(treat = NA, control = NA, n = 60, power = 0.9, r = 0.5, sided.test = 2, conf.level = 0.99)),
        detectable)
