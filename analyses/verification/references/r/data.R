# The prepared columns are those of datasets.py.
shipped <- function(file, ...) read.csv(file.path(arguments[1], file), ...)
own <- function(file) read.csv(file.path("../../data", file))

leukemia <- shipped("anderson.csv", sep = " ")
rossi <- shipped("rossi.csv")
gbsg2 <- shipped("gbsg2.csv")
larynx <- shipped("larynx.csv")
waltons <- shipped("waltons_dataset.csv")
dd <- shipped("dd.csv")
heart <- shipped("stanford_heart.csv")
lung <- shipped("lung.csv")
kidney <- shipped("kidney_transplant.csv")
senators <- shipped("canadian_senators.csv")
aml <- own("aml.csv"); ovarian <- own("ovarian.csv"); iud <- own("iud.csv"); myeloma <- own("myeloma.csv")
sleep <- own("sleep.csv"); plantgrowth <- own("plantgrowth.csv"); counts <- own("counts.csv")
draws <- own("draws.csv")
radcure <- read.csv(arguments[2], check.names = FALSE)

gbsg2 <- transform(gbsg2, treat = as.integer(horTh == "yes"), event = cens, post = as.integer(menostat == "Post"),
                   grade2 = as.integer(tgrade == "II"), grade3 = as.integer(tgrade == "III"))
rossi <- transform(rossi, treat = fin, time = week, event = arrest)
larynx <- transform(larynx, stage = 1 + Stage_II + 2 * Stage_III + 3 * Stage_IV)
leukemia <- transform(leukemia, treat = Rx, time = t, event = status)
myeloma$contrived <- as.integer(myeloma$time <= 65)
ovarian$late <- as.integer(ovarian$futime > 700)
waiting <- heart[!duplicated(heart$id), ]
waiting <- transform(waiting, time = stop, arm = cut(age, c(-Inf, -5, 3, Inf), c("young", "middle", "old")),
                     event = ifelse(id %in% heart$id[heart$transplant == 1], 1, 2 * event))
party <- senators[["Political.Affiliation.at.Appointment"]]
province <- senators[["Province...Territory"]]
senators <- data.frame(
  time = floor(senators$diff_days / 365.25) + 1, party = ifelse(party == "Liberal Party of Canada", "liberal", "other"),
  event = ifelse(senators$reason %in% "Death", 1, ifelse(senators$observed == "True", 2, 0)),
  liberal = as.integer(party == "Liberal Party of Canada"), quebec = as.integer(province == "Quebec"),
  ontario = as.integer(province == "Ontario"))
radcure <- data.frame(time = radcure[["Length FU"]], event = as.integer(radcure[["Status"]] == "Dead"),
  chemo = as.integer(trimws(radcure[["Tx Modality"]]) == "ChemoRT"), modality = trimws(radcure[["Tx Modality"]]),
  age = as.numeric(radcure[["Age"]]), male = as.integer(radcure[["Sex"]] == "Male"))
radcure <- radcure[radcure$modality %in% c("ChemoRT", "RT alone"), ]
SCORE <- list(gbsg2 = c("age", "post", "tsize", "grade2", "grade3", "pnodes", "progrec", "estrec"),
              rossi = c("age", "race", "wexp", "mar", "paro", "prio"), leukemia = c("sex", "logWBC"))
table_of <- function(name, part) {
  rows <- counts[counts$data == name & counts$part == part, ]
  found <- as.matrix(rows[c("one", "two", "three", "four", "five", "six", "seven")])
  found[, colSums(is.na(found)) == 0]
}
