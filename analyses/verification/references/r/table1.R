exact_p <- function(found) c(p = found$p.value)
chi_square <- function(found) c("chi-square" = unname(found$statistic), p = found$p.value)
tea <- table_of("tea", "guess by truth"); twins <- table_of("twins", "kind by conviction")
job <- table_of("job", "income by satisfaction"); mp6 <- table_of("mp6", "rows by columns")
oral <- table_of("oral", "site by region"); parties <- table_of("party", "gender by party")
admissions <- table_of("admissions", "sex by admission"); response <- table_of("npc", "response_to_pct before")
against("categorical_test", "tea", quote(fisher.test(tea)), exact_p)
against("categorical_test", "job", quote(fisher.test(job)), exact_p)
# Beyond our size cap: 100,000 random tables, to four standard errors.
p <- fisher.test(mp6)$p.value
against("categorical_test", "mp6",
        quote(fisher.test(mp6)), exact_p, "Monte Carlo", c(p = 4 * sqrt(p * (1 - p) / 1e5)))
against("categorical_test", "oral", quote(fisher.test(oral)), exact_p)
against("categorical_test", "twins", quote(chisq.test(twins)), chi_square)
against("categorical_test", "party", quote(chisq.test(parties)), chi_square)
against("categorical_test", "admissions", quote(chisq.test(admissions)), chi_square, "Yates")
against("categorical_test", "admissions", quote(chisq.test(admissions, correct = FALSE)), chi_square, "without Yates")
against("categorical_test", "npc", quote(fisher.test(response, workspace = 1e7)),
        function(found) c("p response_to_pct before" = found$p.value))

tested <- function(name) function(found) setNames(c(found$statistic, found$p.value), c(name, "p"))
anova_of <- function(found) c(F = found[["F value"]][1], p = found[["Pr(>F)"]][1])
against("numeric_test", "sleep", quote(t.test(extra ~ group, sleep)), tested("t"), "t")
against("numeric_test", "sleep", quote(t.test(extra ~ group, sleep, var.equal = TRUE)), tested("t"), "t-equal")
against("numeric_test", "sleep", quote(suppressWarnings(wilcox.test(extra ~ group, sleep))), tested("W"), "wilcoxon")
against("numeric_test", "plantgrowth", quote(oneway.test(weight ~ group, plantgrowth)), tested("F"), "t")
against("numeric_test", "plantgrowth", quote(anova(lm(weight ~ group, plantgrowth))), anova_of, "t-equal")
against("numeric_test", "plantgrowth", quote(kruskal.test(weight ~ group, plantgrowth)), tested("H"), "wilcoxon")
against("numeric_test", "gbsg2", quote(kruskal.test(pnodes ~ tgrade, gbsg2)), tested("H"), "three groups")
against("numeric_test", "gbsg2", quote(wilcox.test(pnodes ~ horTh, gbsg2)), tested("W"), "two groups")

balance <- function(data, name)
  balanceUV(data[[name]][data$treat == 1], data[[name]][data$treat == 0], ks = FALSE)
levels_distance <- function(share) {
  gap <- (share[, 2] - share[, 1])[-1]
  spread <- (diag(share[-1, 1]) - tcrossprod(share[-1, 1]) + diag(share[-1, 2]) - tcrossprod(share[-1, 2])) / 2
  sqrt(mahalanobis(gap, 0, spread))
}
binary_distance <- function(one, two) (one - two) / sqrt((one * (1 - one) + two * (1 - two)) / 2)
against("smd", "gbsg2",
        quote(sapply(c("age", "tsize", "pnodes", "progrec"), function(x) balance(gbsg2, x)$sdiff.pooled / 100)),
        identity)
against("smd", "rossi", quote(sapply(c("age", "prio"), function(x) balance(rossi, x)$sdiff.pooled / 100)), identity)
against("smd", "gbsg2",
        quote(levels_distance(prop.table(table(gbsg2$tgrade, gbsg2$treat), 2))), function(x) c(tgrade = x))
against("smd", "rossi",
        quote(with(rossi, binary_distance(mean(mar[fin == 1]), mean(mar[fin == 0])))), function(x) c(mar = x))
against("smd_of_counts", "npc", quote(levels_distance(prop.table(table_of("npc", "t_category before"), 2))),
        function(x) c("t_category before" = x))
against("smd_of_counts", "job",
        quote(levels_distance(prop.table(job[, c(3, 4)], 2))), function(x) c("income by satisfaction" = x))
